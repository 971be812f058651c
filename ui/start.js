// The only script of the page: loads the window.
import init from "./ui.js";
init({ module_or_path: "./ui_bg.wasm" });
