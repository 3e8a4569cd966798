package orylogin

import (
	"encoding/json"
	"errors"
	"hash/maphash"

	"github.com/orylogin/orylogin/internal/hidden"
)

// document is JSON from a server.
type document struct {
	json   hidden.Value[string]
	hash   uint64 // of json, so that reflection can compare documents
	member string // the member of json that is the document; empty for all of json
}

var documentSeed = maphash.MakeSeed()

func newDocument(data []byte, member string) document {
	return document{json: hidden.New(string(data)), hash: maphash.Bytes(documentSeed, data), member: member}
}

// raw returns a copy of the document, or nil if there is none.
func (d document) raw() json.RawMessage {
	text := append(json.RawMessage(nil), d.json.Reveal()...)
	if d.member == "" {
		return text
	}
	var members map[string]json.RawMessage
	_ = json.Unmarshal(text, &members) // without a document there are no members
	return members[d.member]
}

// documentError says that JSON could not be decoded. It shows nothing of the JSON.
type documentError struct {
	what string // what the JSON is
	cause
}

func (e documentError) Error() string { return "orylogin: " + e.what + ": " + why(e.cause) }

// decodeInto decodes JSON into the value of a program.
func decodeInto(target any, what string, data []byte) error {
	if err := json.Unmarshal(data, target); err != nil {
		return documentError{what, newCause(err)}
	}
	return nil
}

// readDocument decodes JSON into target. A document with an id comes from a server. In such a
// document, as in an answer, a member of an unexpected type stays empty.
func readDocument(what string, data []byte, target any, id *string) error {
	if hasManyValues(data) {
		return documentError{what, newCause(ErrResponseTooLarge)}
	}
	err := decodeInto(target, what, data)
	var typeErr *json.UnmarshalTypeError
	if errors.As(err, &typeErr) && *id != "" {
		return nil
	}
	return err
}
