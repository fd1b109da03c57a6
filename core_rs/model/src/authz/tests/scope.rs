//! Which policies and peer authentications are a workload's.

use super::*;

fn named(namespace: &str, name: &str) -> Value {
    json!({"namespace": namespace, "name": name, "action": "deny", "rules": [{}]})
}

/// The policy that denies a workload everything.
fn denied_by(policies: &[Value], workload: &Workload) -> Option<String> {
    let all = compile(policies).expect("valid").of_workload(workload);
    Asked::default().subject(|subject| all.check(subject).policy.map(ToString::to_string))
}

#[test]
fn rule_02_root_and_namespace_policies_add_up_by_selector() {
    let with = |mut policy: Value, app: &str| {
        policy["selector"] = json!({"app": app});
        policy
    };
    let denied = |policies: &[Value]| denied_by(policies, &workload());
    assert_eq!(denied(&[named("shop", "a")]).as_deref(), Some("shop/a"));
    assert_eq!(denied(&[named("desk", "a")]), None);
    assert_eq!(
        denied(&[with(named("shop", "a"), "pay")]).as_deref(),
        Some("shop/a")
    );
    assert_eq!(denied(&[with(named("shop", "a"), "web")]), None);
    let root = named("istio-system", "r");
    assert_eq!(denied(&[with(root.clone(), "web")]), None);
    assert_eq!(
        denied(&[named("shop", "a"), root]).as_deref(),
        Some("istio-system/r")
    );
    let mut twice = with(named("shop", "a"), "pay");
    twice["selector"]["version"] = "2".into();
    assert_eq!(denied(&[twice]), None);
    let root = named("istio-system", "r");
    let in_root = Workload {
        namespace: "istio-system".to_owned(),
        ..Workload::default()
    };
    let all = compile(&[root]).expect("valid").of_workload(&in_root);
    assert!(!all.is_empty());
}

#[test]
fn the_root_namespace_is_the_meshs() {
    let documents = json!({"mesh": {"root_namespace": "base"}, "policies": [
        named("istio-system", "a"), named("base", "b"),
    ]});
    let documents = Documents::parse(documents.to_string().as_bytes()).expect("valid");
    let all = Policies::compile(&documents)
        .expect("valid")
        .of_workload(&workload());
    Asked::default().subject(|subject| {
        assert_eq!(
            all.check(subject).policy.map(PolicyName::as_str),
            Some("base/b")
        );
    });
}

#[test]
fn rule_14_targets_are_for_gateways_and_gateways_honour_selectors_too() {
    let target = |namespace: &str, gateway: &str| {
        let mut policy = named(namespace, "t");
        policy["targets"] = json!([gateway]);
        policy
    };
    let gateway = |namespace: &str| Workload {
        namespace: namespace.to_owned(),
        gateways: vec!["shop/front".to_owned()],
        ..workload()
    };
    assert_eq!(
        denied_by(&[target("shop", "shop/front")], &workload()),
        None
    );
    let front = |policies: &[Value]| denied_by(policies, &gateway("shop"));
    assert_eq!(
        front(&[target("shop", "shop/front")]).as_deref(),
        Some("shop/t")
    );
    assert_eq!(front(&[target("shop", "shop/other")]), None);
    assert_eq!(front(&[named("shop", "a")]).as_deref(), Some("shop/a"));
    // The gateway's namespace counts for its targets, wherever the proxy that serves it runs.
    assert_eq!(
        denied_by(&[target("shop", "shop/front")], &gateway("edge")).as_deref(),
        Some("shop/t")
    );
    assert_eq!(
        front(&[target("istio-system", "shop/front")]).as_deref(),
        Some("istio-system/t")
    );
}

#[test]
fn without_policies_there_is_nothing_to_ask() {
    let none = authorizer(&[named("desk", "a")]);
    assert!(none.is_empty());
    assert!(!authorizer(&[named("shop", "a")]).is_empty());
    Asked::default().subject(|subject| assert!(matches!(none.custom(subject), Custom::None)));
}

/// The mode of port 8080 of the workload, and what decided, as `shop/a port`.
fn mode(documents: &[Value], workload: &Workload) -> (PeerMode, Option<String>) {
    let documents = json!({"peer_authentications": documents});
    let documents = Documents::parse(documents.to_string().as_bytes()).expect("valid");
    let policies = Policies::compile(&documents).expect("valid");
    let decision = policies.peer_mode(workload, 8080);
    let by = decision
        .by
        .map(|(name, scope)| format!("{name} {}", scope.as_str()));
    (decision.mode, by)
}

fn peers(namespace: &str, name: &str, scope: &str, mode: &str) -> Value {
    let mut document = json!({"namespace": namespace, "name": name, "scope": scope, "mode": mode});
    if scope == "workload" {
        document["selector"] = json!({"app": "pay"});
    }
    document
}

#[test]
fn rule_16_the_narrower_scope_decides() {
    let decided = |documents: &[Value]| mode(documents, &workload());
    let by = |text: &str| Some(text.to_owned());
    assert_eq!(decided(&[]), (PeerMode::Permissive, None));
    let mesh = peers("istio-system", "m", "mesh", "strict");
    let namespace = peers("shop", "n", "namespace", "disable");
    let mut one = peers("shop", "w", "workload", "permissive");
    let all = [mesh.clone()];
    assert_eq!(decided(&all), (PeerMode::Strict, by("istio-system/m mesh")));
    let all = [mesh.clone(), namespace.clone()];
    assert_eq!(decided(&all), (PeerMode::Disable, by("shop/n namespace")));
    let all = [mesh.clone(), namespace.clone(), one.clone()];
    assert_eq!(decided(&all), (PeerMode::Permissive, by("shop/w workload")));
    one["ports"] = json!({"8080": "strict", "80": "disable"});
    let all = [mesh, namespace, one];
    assert_eq!(decided(&all), (PeerMode::Strict, by("shop/w port")));
}

#[test]
fn rule_16_unset_inherits_and_the_oldest_counts() {
    let decided = |documents: &[Value]| mode(documents, &workload());
    let by = |text: &str| Some(text.to_owned());
    let mesh = peers("istio-system", "m", "mesh", "strict");
    let mut one = peers("shop", "w", "workload", "unset");
    let all = [mesh.clone(), one.clone()];
    assert_eq!(decided(&all), (PeerMode::Strict, by("istio-system/m mesh")));
    one["ports"] = json!({"8080": "unset"});
    let all = [mesh.clone(), one];
    assert_eq!(decided(&all), (PeerMode::Strict, by("istio-system/m mesh")));
    let first = peers("shop", "old", "namespace", "unset");
    let second = peers("shop", "new", "namespace", "disable");
    let all = [mesh.clone(), first, second];
    assert_eq!(decided(&all), (PeerMode::Strict, by("istio-system/m mesh")));
    let other = peers("istio-system", "m2", "mesh", "disable");
    assert_eq!(decided(&[mesh, other]).0, PeerMode::Strict);
    let elsewhere = peers("desk", "n", "namespace", "strict");
    assert_eq!(decided(&[elsewhere]), (PeerMode::Permissive, None));
}

#[test]
fn rule_17_a_selector_in_the_root_namespace_picks_nothing() {
    let picked = peers("istio-system", "w", "workload", "strict");
    let nothing = (PeerMode::Permissive, None);
    assert_eq!(mode(std::slice::from_ref(&picked), &workload()), nothing);
    let in_root = Workload {
        namespace: "istio-system".to_owned(),
        ..workload()
    };
    assert_eq!(mode(&[picked], &in_root), nothing);
}

#[test]
fn rule_18_ports_are_those_of_the_workload() {
    let mut one = peers("shop", "w", "workload", "disable");
    one["ports"] = json!({"80": "strict"});
    assert_eq!(
        mode(&[one], &workload()),
        (PeerMode::Disable, Some("shop/w workload".to_owned()))
    );
}
