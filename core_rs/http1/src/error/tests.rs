use super::{BodyError, FieldError, RequestError, ResponseError};
use std::collections::BTreeSet;

const FIELDS: [FieldError; 14] = [
    FieldError::LineEnding,
    FieldError::Name,
    FieldError::Value,
    FieldError::Underscore,
    FieldError::TooMany,
    FieldError::TooLarge,
    FieldError::ContentLength,
    FieldError::Duplicate,
    FieldError::TransferEncoding,
    FieldError::TransferCoding,
    FieldError::TwoLengths,
    FieldError::TransferEncodingVersion,
    FieldError::Connection,
    FieldError::ConnectionNames,
];

#[test]
fn every_error_has_a_stable_code_and_a_sentence() {
    let requests = [
        RequestError::Line,
        RequestError::Method,
        RequestError::MethodTooLong,
        RequestError::Connect,
        RequestError::Target,
        RequestError::TargetTooLong,
        RequestError::Version,
        RequestError::HostMissing,
        RequestError::Host,
        RequestError::Expect,
    ];
    let responses = [
        ResponseError::Line,
        ResponseError::Status,
        ResponseError::Switch,
        ResponseError::InterimBody,
    ];
    let bodies = [
        BodyError::ChunkSize,
        BodyError::ChunkExtension,
        BodyError::ChunkTooLong,
        BodyError::ChunkEnding,
        BodyError::Trailer,
        BodyError::TrailersTooLarge,
        BodyError::EndedEarly,
    ];
    let all = (FIELDS
        .iter()
        .map(|error| (error.reason(), error.to_string())))
    .chain(
        requests
            .iter()
            .map(|error| (error.reason(), error.to_string())),
    )
    .chain(
        responses
            .iter()
            .map(|error| (error.reason(), error.to_string())),
    )
    .chain(
        bodies
            .iter()
            .map(|error| (error.reason(), error.to_string())),
    );
    let mut seen = BTreeSet::new();
    for (reason, sentence) in all {
        assert!(
            reason
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        );
        assert!(!sentence.is_empty());
        assert!(seen.insert(reason), "{reason} twice");
    }
    // The one code that both directions share.
    assert_eq!(
        RequestError::Version.reason(),
        ResponseError::Version.reason()
    );
}

#[test]
fn errors_of_fields_keep_their_code_in_both_directions() {
    for field in FIELDS {
        assert_eq!(RequestError::Field(field).reason(), field.reason());
        assert_eq!(ResponseError::Field(field).reason(), field.reason());
        assert_eq!(RequestError::Field(field).to_string(), field.to_string());
    }
}
