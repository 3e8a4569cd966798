package orylogintest

import (
	"fmt"
	"time"

	"github.com/orylogin/orylogin"
)

// The messages of a flow.
const (
	msgRefresh      = 1010003
	msgSecondFactor = 1010004
	msgCodeSent     = 1010014
	msgLink         = 1010016
	msgSentToUser   = 1010025
	msgGeneric      = 4000001
	msgMissing      = 4000002
	msgTooShort     = 4000003
	msgCredentials  = 4000006
	msgTOTPWrong    = 4000008
	msgUnverified   = 4000010
	msgNoTOTP       = 4000011
	msgLookupUsed   = 4000012
	msgNoLookup     = 4000014
	msgLookupWrong  = 4000016
	msgNoCode       = 4000035
	msgNoAccount    = 4000037
	msgExpired      = 4010001
	msgNoStrategy   = 4010002
	msgCodeWrong    = 4010008
	msgOtherAccount = 4010009
	msgDisabled     = 4010011
)

var messageTexts = map[int64]string{ //nolint:gosec // no credentials, but what is said about them
	msgRefresh:      "Please confirm this action by verifying that it is you.",
	msgSecondFactor: "Please complete the second authentication challenge.",
	msgCredentials: "The provided credentials are invalid, check for spelling mistakes in your password or " +
		"username, email address, or phone number.",
	msgTOTPWrong:    "The provided authentication code is invalid, please try again.",
	msgUnverified:   "Account not active yet. Did you forget to verify your email address?",
	msgNoTOTP:       "You have no TOTP device set up.",
	msgLookupUsed:   "This backup recovery code has already been used.",
	msgNoLookup:     "You have no backup recovery codes set up.",
	msgLookupWrong:  "The backup recovery code is not valid.",
	msgNoCode:       "This account does not exist or has not setup sign in with code.",
	msgNoAccount:    "This account does not exist or has no login method configured.",
	msgNoStrategy:   "Could not find a strategy to log you in with. Did you fill out the form correctly?",
	msgCodeWrong:    "The login code is invalid or has already been used. Please try again.",
	msgOtherAccount: "Linked credentials do not match.",
	msgDisabled:     "This account has been disabled. Please contact support for assistance.",
}

// The reasons in the text of the generic message.
const (
	reasonSession  = "A valid session was detected and thus login is not possible. Did you forget to set `?refresh=true`?"
	reasonTooOften = "The request was submitted too often. Please request another code."
	reasonNoJSON   = "Unable to decode form as JSON."
	reasonNoObject = "Expected JSON sent in request body to be an object but got: JSON"
	reasonEmpty    = `Unable to decode HTTP Request Body because its HTTP Header "Content-Length" is zero.`
	reasonBrowser  = `The HTTP Request Header included the %q key, indicating that this request was made by a ` +
		"Browser. The flow however was initiated as an API request. To prevent potential misuse and mitigate " +
		"several attack vectors including CSRF, the request has been blocked. Please consult the documentation."
	reasonContentType = `HTTP POST Request used unknown HTTP Header "Content-Type: %s", only ` +
		"[multipart/form-data application/x-www-form-urlencoded application/json] are supported."
	reasonProvider = `Unable to complete OpenID Connect flow because the OpenID Provider returned error %q: %s`
	reasonClosed   = "Registration is not allowed because it was disabled."
	reasonState    = "Unable to complete OpenID Connect flow because the state parameter is invalid."
	reasonCookie   = "No resumable session could be found in the HTTP Header."
	reasonMethod   = `Unable to decode body because HTTP Request Method was "GET" but only [POST PUT PATCH] are supported.`
)

func message(id int64) object {
	kind := "error"
	if id < 4000000 {
		kind = "info"
	}
	return object{"id": id, "text": messageTexts[id], "type": kind}
}

// refusal is the message of a flow that refuses a form.
type refusal struct {
	field   string // empty for the form as a whole
	message object
}

func refuse(id int64) *refusal { return &refusal{message: message(id)} }

func refuseField(field string, id int64) *refusal { return &refusal{field, message(id)} }

// refusalsOf are those of a web hook.
func refusalsOf(messages []orylogin.Message) []*refusal {
	var refusals []*refusal
	for _, each := range messages {
		told := object{"id": each.ID, "text": each.Text, "type": "info"}
		if each.Type == "error" {
			told["type"] = "error"
		}
		if each.Context != nil {
			told["context"] = each.Context
		}
		refusals = append(refusals, &refusal{each.Field, told})
	}
	return refusals
}

func missing(field string) *refusal {
	m := message(msgMissing)
	m["text"] = fmt.Sprintf("Property %s is missing.", field)
	m["context"] = object{"property": field}
	return &refusal{field, m}
}

func tooShort(field string, actual int) *refusal {
	m := message(msgTooShort)
	m["text"] = fmt.Sprintf("length must be >= %d, but got %d", totpLength, actual)
	m["context"] = object{"min_length": totpLength, "actual_length": actual}
	return &refusal{field, m}
}

// generic returns a refusal with the generic message. Only its text says what it is about.
func generic(format string, args ...any) *refusal {
	m := message(msgGeneric)
	m["text"] = fmt.Sprintf(format, args...)
	m["context"] = object{"reason": m["text"]}
	return &refusal{message: m}
}

// linkMessage says that a provider's account has the address of an existing identity.
func linkMessage(email, provider, page string) object {
	m := message(msgLink)
	m["text"] = fmt.Sprintf("You tried to sign in with %q, but that email is already used by another account. Sign in to your "+
		"account with one of the options below to add your account %[1]q at %q as another way to sign in.", email, provider)
	m["context"] = object{
		"duplicateIdentifier": email, "duplicate_identifier": email, "newLoginUrl": page, "new_login_url": page,
		"provider": provider, "available_credential_types": []string{}, "available_providers": []string{},
	}
	return m
}

func expiredMessage(since time.Duration, at time.Time) object {
	m := message(msgExpired)
	m["text"] = fmt.Sprintf("The login flow expired %.2f minutes ago, please try again.", since.Minutes())
	m["context"] = object{"expired_at": stamp(at)}
	return m
}
