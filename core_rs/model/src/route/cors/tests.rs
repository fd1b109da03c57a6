use super::*;
use crate::testing::{Fields as TestFields, get};

fn cors(origins: &[&str]) -> Cors {
    let exact = |text: &&str| TextCondition::new(Comparison::Exact(text.as_bytes().into()));
    Cors {
        allow_origins: origins.iter().map(exact).collect(),
        allow_methods: Allowed::new(&["GET".to_owned(), "PUT".to_owned()]),
        allow_headers: Allowed::Unsaid,
        expose_headers: Some("x-a,x-b".into()),
        max_age_seconds: Some(600),
        allow_credentials: false,
        forward_unmatched_preflights: true,
    }
}

fn ask(cors: &Cors, method: &str, headers: &[(&str, &str)]) -> Preflight {
    let headers = TestFields::of(headers);
    let request = RequestView {
        method,
        ..get("a.example", "/", &headers)
    };
    preflight(cors, &request)
}

const PREFLIGHT: [(&str, &str); 2] = [
    ("Origin", "https://app.example"),
    ("Access-Control-Request-Method", "PUT"),
];

fn value<'f>(fields: &'f Fields, name: &str) -> Option<&'f str> {
    let found = fields.iter().find(|(field, _)| *field == name)?;
    Some(&found.1)
}

#[test]
fn a_preflight_from_a_listed_origin_is_answered() {
    let Preflight::Answer(fields) = ask(&cors(&["https://app.example"]), "OPTIONS", &PREFLIGHT)
    else {
        panic!("answered");
    };
    let expected = [
        ("access-control-allow-origin", "https://app.example"),
        ("access-control-allow-methods", "GET,PUT"),
        ("access-control-max-age", "600"),
    ];
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, it)| (*name, it.as_str()))
        .collect();
    assert_eq!(fields, expected);
}

#[test]
fn what_is_no_preflight_goes_on() {
    let cors = cors(&["*"]);
    for (method, headers) in [
        ("GET", &PREFLIGHT[..]),
        ("OPTIONS", &PREFLIGHT[..1]),
        ("OPTIONS", &PREFLIGHT[1..]),
        ("OPTIONS", &[("origin", ""), PREFLIGHT[1]]),
        (
            "OPTIONS",
            &[PREFLIGHT[0], ("access-control-request-method", "")],
        ),
        ("OPTIONS", &[]),
    ] {
        assert_eq!(
            ask(&cors, method, headers),
            Preflight::Forward,
            "{method} {headers:?}"
        );
    }
}

#[test]
fn an_origin_that_is_not_listed_gets_no_fields() {
    let mut cors = cors(&["https://other.example"]);
    assert_eq!(ask(&cors, "OPTIONS", &PREFLIGHT), Preflight::Forward);
    cors.forward_unmatched_preflights = false;
    let refused = Preflight::Answer(Fields::new());
    assert_eq!(ask(&cors, "OPTIONS", &PREFLIGHT), refused);
    // The destination still gets every other request; the browser keeps the answer to itself.
    assert_eq!(ask(&cors, "GET", &PREFLIGHT[..1]), Preflight::Forward);
    let headers = TestFields::of(&PREFLIGHT);
    assert_eq!(response_fields(&cors, &headers), Fields::new());
}

#[test]
fn responses_name_the_origin_and_what_is_exposed() {
    let mut cors = cors(&["*"]);
    cors.allow_credentials = true;
    let headers = TestFields::of(&PREFLIGHT[..1]);
    let fields = response_fields(&cors, &headers);
    let expected = [
        ("access-control-allow-origin", "https://app.example"),
        ("access-control-allow-credentials", "true"),
        ("access-control-expose-headers", "x-a,x-b"),
    ];
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, it)| (*name, it.as_str()))
        .collect();
    assert_eq!(fields, expected);
    assert_eq!(
        response_fields(&cors, &TestFields::default()),
        Fields::new()
    );
}

#[test]
fn everything_is_a_star_without_credentials_and_what_was_asked_for_with_them() {
    let mut cors = cors(&["*"]);
    cors.allow_methods = Allowed::new(&["*".to_owned()]);
    cors.allow_headers = Allowed::new(&["*".to_owned()]);
    let mut headers = PREFLIGHT.to_vec();
    headers.push(("access-control-request-headers", "x-a, x-b"));
    let asked = |cors: &Cors, headers: &[(&str, &str)]| match ask(cors, "OPTIONS", headers) {
        Preflight::Answer(fields) => (
            value(&fields, "access-control-allow-methods").map(str::to_owned),
            value(&fields, "access-control-allow-headers").map(str::to_owned),
        ),
        Preflight::Forward => panic!("answered"),
    };
    let pair = |methods: &str, headers: &str| (Some(methods.to_owned()), Some(headers.to_owned()));
    assert_eq!(asked(&cors, &headers), pair("*", "*"));
    cors.allow_credentials = true;
    assert_eq!(asked(&cors, &headers), pair("PUT", "x-a, x-b"));
    assert_eq!(asked(&cors, &PREFLIGHT), (Some("PUT".to_owned()), None));
}

#[test]
fn no_field_of_a_clients_can_end_a_line() {
    let mut cors = cors(&["*"]);
    cors.allow_credentials = true;
    cors.allow_headers = Allowed::All;
    for bad in [
        "https://a\r\nset-cookie: b",
        "a\0",
        "https://ä.example",
        "a\tb",
        "a\x7f",
    ] {
        let headers = [("origin", bad), PREFLIGHT[1]];
        assert_eq!(
            ask(&cors, "OPTIONS", &headers),
            Preflight::Forward,
            "{bad:?}"
        );
        assert_eq!(
            response_fields(&cors, &TestFields::of(&headers)),
            Fields::new()
        );
        let headers = [
            PREFLIGHT[0],
            PREFLIGHT[1],
            ("access-control-request-headers", bad),
        ];
        let Preflight::Answer(fields) = ask(&cors, "OPTIONS", &headers) else {
            panic!("answered");
        };
        assert_eq!(
            value(&fields, "access-control-allow-headers"),
            None,
            "{bad:?}"
        );
    }
}
