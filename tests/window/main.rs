//! Stories in the real window: the real binary, driven through WebDriver by the handles that the window promises, against servers
//! that the story starts. What the engine does under the window is told by `stories`.

mod app;
mod desk;
mod keyboard;

mod approvals;
mod first_run;
mod images;
mod keeping;
mod pictures;
mod revival;
mod starts;
mod supervised;
mod tables;
mod talking;
mod waiting;
mod walls;
