use super::*;

/// What it was asked to load, and how it answers the first time; later it answers that all is well.
#[derive(Default)]
struct Host {
    asked: Mutex<Vec<String>>,
    /// `None` is no answer at all.
    first: Option<Result<(), String>>,
    /// Channels that are neither answered nor closed.
    open: Mutex<Vec<oneshot::Sender<Result<(), String>>>>,
}

impl PluginHost for Host {
    fn render(&self, _: &mut String) {}

    fn plugins_json(&self) -> String {
        String::new()
    }

    fn follow(&self, plugins: &[PluginDocument], done: oneshot::Sender<Result<(), String>>) {
        let names: Vec<_> = plugins.iter().map(|it| it.name.as_str()).collect();
        let mut asked = self.asked.lock().expect("unpoisoned");
        asked.push(names.join(" "));
        match &self.first {
            None if asked.len() == 1 => self.open.lock().expect("unpoisoned").push(done),
            Some(answer) if asked.len() == 1 => drop(done.send(answer.clone())),
            _ => drop(done.send(Ok(()))),
        }
    }
}

fn documents(plugin: &str) -> Documents {
    let json = format!(r#"{{"plugins": [{{"name": "{plugin}", "source": "a.py"}}]}}"#);
    Documents::parse(json.as_bytes()).expect("valid")
}

/// Replaces the plugin `old` by `new`; what the host was asked, and what is in force.
async fn change(host: &Host) -> (Result<(), Refusal>, Vec<String>, String) {
    let metrics = Arc::new(MetricsRegistry::new(&proxy::telemetry::Workload::default()));
    let first = documents("old");
    let configuration = Configuration::new(first, Workload::default(), metrics, Some(1));
    let configuration = configuration.expect("valid");
    let result = configuration.replace(2, documents("new"), Some(host)).await;
    let in_force = configuration.snapshot.load().plugins()[0].name.clone();
    let asked = host.asked.lock().expect("unpoisoned").clone();
    (result, asked, in_force)
}

#[tokio::test(start_paused = true)]
async fn plugins_are_loaded_before_their_documents_are_in_force() {
    let host = Host {
        first: Some(Ok(())),
        ..Host::default()
    };
    let (result, asked, in_force) = change(&host).await;
    result.expect("accepted");
    assert_eq!((asked, &*in_force), (vec!["new".to_owned()], "new"));
}

#[tokio::test(start_paused = true)]
async fn documents_whose_plugins_fail_are_refused() {
    let host = Host {
        first: Some(Err("no".to_owned())),
        ..Host::default()
    };
    let (result, asked, in_force) = change(&host).await;
    assert_eq!(
        result.expect_err("refused").report()["code"],
        "plugin_failed"
    );
    assert_eq!((asked, &*in_force), (vec!["new".to_owned()], "old"));
}

#[tokio::test(start_paused = true)]
async fn plugins_that_come_too_late_are_followed_by_those_in_force() {
    let (result, asked, in_force) = change(&Host::default()).await;
    let message = result.expect_err("refused").to_string();
    assert!(message.contains("not loaded within 10 s"), "{message}");
    assert_eq!(asked, ["new", "old"]);
    assert_eq!(in_force, "old");
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_selects_by_another_label_is_not_taken_over() {
    let edge = |label: &str| {
        let json = format!(
            r#"{{"listeners": [{{"gateway": "edge/web", "name": "http", "port": 80,
                "selector": {{"istio": "{label}"}}}}]}}"#
        );
        Documents::parse(json.as_bytes()).expect("valid")
    };
    let workload = Workload {
        gateways: vec!["edge/web".to_owned()],
        labels: [("istio".to_owned(), "ingress".to_owned())].into(),
        ..Workload::default()
    };
    let metrics = Arc::new(MetricsRegistry::new(&proxy::telemetry::Workload::default()));
    let configuration = Configuration::new(edge("ingress"), workload, metrics, Some(1));
    let configuration = configuration.expect("valid");
    let same = configuration.replace(2, edge("ingress"), None).await;
    same.expect("accepted");
    let refusal = configuration.replace(3, edge("egress"), None).await;
    let refusal = refusal.expect_err("refused");
    assert_eq!(refusal.code(), "label_missing");
    assert!(refusal.to_string().contains("istio=egress"), "{refusal}");
}

#[tokio::test(start_paused = true)]
async fn a_port_that_a_gateway_opens_later_is_told_of() {
    let listening = |ports: &[u16]| {
        let listeners = ports
            .iter()
            .map(|port| json!({"gateway": "edge/web", "name": port.to_string(), "port": port}));
        let listeners: Vec<_> = listeners.collect();
        let json = json!({ "listeners": listeners }).to_string();
        Documents::parse(json.as_bytes()).expect("valid")
    };
    let workload = Workload {
        gateways: vec!["edge/web".to_owned()],
        ..Workload::default()
    };
    let metrics = Arc::new(MetricsRegistry::new(&proxy::telemetry::Workload::default()));
    let configuration = Configuration::new(listening(&[80]), workload, metrics, Some(1));
    let configuration = configuration.expect("valid");
    assert_eq!(configuration.report()["ports_after_restart"], json!([]));
    let changed = configuration.replace(2, listening(&[80, 81]), None).await;
    changed.expect("accepted");
    assert_eq!(configuration.report()["ports_after_restart"], json!([81]));
}
