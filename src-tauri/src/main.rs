//! The app: claims its folder, opens the engine and the window, and ends them. One file beside this for each of these.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod bridge;
mod demo;
mod ending;
mod home;
mod keychain;
mod lock;
mod log;
mod outside;
mod pictures;
#[cfg(target_os = "linux")]
mod renderer;
#[cfg(not(windows))]
mod revival;
mod window;

use std::{env, process::ExitCode, sync::Arc};

use engine::{Engine, Environment, OpenWeb, Options, Pace, SystemClock};
use lock::{Claim, Seat};
use mimalloc::MiMalloc;
use secrecy::SecretString;
use tauri::{Manager as _, RunEvent, WindowEvent};

use crate::{bridge::Bridge, ending::Ending, home::Home, log::Redaction, outside::Desktop, window::FirstFrame};

/// glibc gives every buffer beyond 32 MiB fresh pages, which doubled the cost of a 20 MiB event.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let home = Home::find();
    if let Err(fault) = home.make() {
        eprintln!("tertulia: {} could not be made: {fault}", home.folder.display());
    }
    let redaction = log::start(&home.folder);
    #[cfg(target_os = "linux")]
    renderer::recall(&home.folder);
    let seat = match lock::claim(&home.folder) {
        Ok(Claim::First(seat)) => seat,
        Ok(Claim::Second) => return ExitCode::SUCCESS,
        Err(silent) => {
            tracing::error!("{silent}");
            eprintln!("tertulia: {silent}");
            return ExitCode::FAILURE;
        }
    };
    match run(home, seat, redaction) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            tracing::error!(%fault, "the window could not be opened");
            eprintln!("tertulia: the window could not be opened: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn run(home: Home, mut seat: Seat, redaction: Redaction) -> tauri::Result<()> {
    tracing::info!(version = env!("CARGO_PKG_VERSION"), home = %home.folder.display(), "starting");
    let desktop = Desktop::default();
    let options = options(&home, &redaction, desktop.clone());
    let at_demo = env::args().any(|argument| argument == "--demo");
    let app = tauri::Builder::default()
        .invoke_handler(tauri::generate_handler![bridge::call, bridge::listen, window::first_frame])
        .register_asynchronous_uri_scheme_protocol(pictures::SCHEME, pictures::answer)
        .manage(Ending::default())
        .manage(FirstFrame::default())
        .manage(Bridge::new(async move {
            let engine = Engine::open(options).await;
            if at_demo && let Err(failure) = demo::enter(&engine).await {
                tracing::error!(%failure, "the demo could not be entered");
            }
            engine
        }))
        .setup(move |app| {
            let app = app.handle();
            desktop.shown(app);
            #[cfg_attr(not(target_os = "linux"), allow(unused_variables, reason = "only WebKitGTK is watched"))]
            let window = window::open(app, &home.folder)?;
            #[cfg(target_os = "linux")]
            revival::watch(&window)?;
            #[cfg(target_os = "linux")]
            renderer::watch(&window);
            #[cfg(unix)]
            ending::on_signals(app);
            let shown = app.clone();
            seat.answer(move || window::come_forward(&shown));
            // The lock is held as long as the app is.
            app.manage(seat);
            app.manage(home);
            Ok(())
        })
        .on_window_event(|window, event| match event {
            WindowEvent::CloseRequested { api, .. } => {
                api.prevent_close();
                ending::begin(window.app_handle());
            }
            WindowEvent::DragDrop(event) => pictures::dragged(window.app_handle(), event),
            _ => {}
        });
    #[cfg(not(windows))]
    let app = app.manage(revival::Deaths::default());
    #[cfg(target_os = "macos")]
    let app = app.on_web_content_process_terminate(|page| revival::died(page.app_handle(), "WebContent ended"));
    app.build(tauri::generate_context!())?.run(|app, event| {
        // Asked by the system or by a menu; our own end comes with a code.
        if let RunEvent::ExitRequested { code: None, api, .. } = event {
            api.prevent_exit();
            ending::begin(app);
        }
    });
    Ok(())
}

/// What the engine gets from this computer.
fn options(home: &Home, redaction: &Redaction, desktop: Desktop) -> Options {
    let set = |name| env::var(name).ok().filter(|value| !value.trim().is_empty());
    let environment = set("LETTA_BASE_URL").map(|base_url| Environment {
        base_url,
        key: set("LETTA_API_KEY").map(|key| {
            let key = SecretString::from(key.trim().to_owned());
            redaction.hide(&key);
            key
        }),
    });
    Options {
        home: home.folder.clone(),
        secrets: keychain::chosen(redaction.clone()),
        outside: Arc::new(desktop),
        web: Arc::new(OpenWeb::default()),
        clock: Arc::new(SystemClock),
        environment,
        demo: Some(demo::starter()),
        demo_tables: sim::demo_tables(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        pace: Pace::default(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::Value;

    fn json(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    /// Whoever loosens this list must mean it.
    #[test]
    fn the_page_may_load_nothing_from_elsewhere() {
        let security = json(include_str!("../tauri.conf.json"))["app"].clone();
        assert_eq!(security["withGlobalTauri"], false);
        let security = &security["security"];
        assert_eq!(security["freezePrototype"], true);
        let csp: BTreeMap<String, String> = serde_json::from_value(security["csp"].clone()).unwrap();
        let expected = [
            ("base-uri", "'none'"),
            ("connect-src", "'self' ipc: http://ipc.localhost"),
            ("default-src", "'none'"),
            ("font-src", "'self'"),
            ("form-action", "'none'"),
            ("frame-ancestors", "'none'"),
            ("img-src", "'self' image: http://image.localhost"),
            ("script-src", "'self' 'wasm-unsafe-eval'"),
            ("style-src", "'self'"),
        ];
        assert_eq!(csp, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        for loosened in ["devCsp", "dangerousDisableAssetCspModification", "assetProtocol", "capabilities"] {
            assert!(security.get(loosened).is_none(), "{loosened}");
        }
    }

    #[test]
    fn the_page_may_give_three_commands_and_none_of_tauri_s_own() {
        let files: Vec<_> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/capabilities")).unwrap().collect();
        assert_eq!(files.len(), 1, "one capability file");
        let capability = json(include_str!("../capabilities/main.json"));
        assert_eq!(capability["windows"], serde_json::json!([crate::window::LABEL]));
        assert_eq!(capability["permissions"], serde_json::json!(["allow-call", "allow-listen", "allow-first-frame"]));
        for wider in ["remote", "webviews"] {
            assert!(capability.get(wider).is_none(), "{wider}");
        }
    }
}
