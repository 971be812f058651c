// The only script of the page: loads the window, and tells the shell when a first frame was painted. Where none ever is, the shell
// changes the renderer.
import init from "./ui.js";

try {
  await init({ module_or_path: "./ui_bg.wasm" });
} catch (fault) {
  document.body.textContent = `Tertulia's window could not start: ${fault}. What was said is safe. Start it again.`;
  throw fault;
}
requestAnimationFrame(() => requestAnimationFrame(() => window.__TAURI_INTERNALS__?.invoke("first_frame")));
