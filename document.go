package orylogin

import (
	"encoding/json"
	"errors"
)

// document is JSON as a server sent it. The text sits behind a pointer to a
// string because fmt walks into the unexported fields of other people's structs
// and follows pointers to structs and slices there, but not those to strings.
type document struct {
	json   *string
	member string // the member of json that is meant; empty for all of it
}

func newDocument(data []byte, member string) document {
	text := string(data)
	return document{json: &text, member: member}
}

// raw returns a copy of the document, nil if there is none.
func (d document) raw() json.RawMessage {
	switch {
	case d.json == nil:
		return nil
	case d.member == "":
		return json.RawMessage(*d.json)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(*d.json), &members); err != nil {
		return nil
	}
	return members[d.member]
}

// readDocument decodes JSON into target, the id of which tells a document that a
// server sent: as in an answer, a member of another type than expected stays empty.
func readDocument(data []byte, target any, id *string) error {
	if hasManyValues(data) {
		return ErrResponseTooLarge
	}
	err := json.Unmarshal(data, target)
	var typeErr *json.UnmarshalTypeError
	if errors.As(err, &typeErr) && *id != "" {
		return nil
	}
	return err
}
