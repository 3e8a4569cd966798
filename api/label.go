package api

// The numbers of the labels of a login form, by which a front end translates them: the ID of a node's Meta.Label.
const (
	LabelSubmitPassword          int64 = 1010001 // button: "Sign in"; it submits the password of a refresh, and up to v1.0 of each login
	LabelProvider                int64 = 1010002 // button: a provider, "Sign in with …"
	LabelTOTP                    int64 = 1010006 // field: the code of an authenticator app
	LabelLookupSecret            int64 = 1010007 // field: a lookup secret
	LabelWebAuthn                int64 = 1010008 // button: "Sign in with hardware key"
	LabelSubmitTOTP              int64 = 1010009 // button: submit the code of an authenticator app
	LabelSubmitLookupSecret      int64 = 1010010 // button: submit a lookup secret
	LabelContinueWebAuthn        int64 = 1010013 // button: continue with a security key
	LabelRequestCode             int64 = 1010015 // button: have a code sent
	LabelLinkAccount             int64 = 1010017 // button: log in and add the credential to the account
	LabelLinkProvider            int64 = 1010018 // button: confirm with a provider to add the credential
	LabelRequestSecondFactorCode int64 = 1010019 // button: have the code of a second factor sent
	LabelPasskey                 int64 = 1010021 // button: "Sign in with passkey"
	LabelPassword                int64 = 1010022 // button: "Sign in with password"
	LabelCodeAddress             int64 = 1010023 // button: have a code sent to the address in its text
	LabelDeviceAuthn             int64 = 1010024 // button: log in with the key of the device; Ory Network
	LabelInputPassword           int64 = 1070001 // field: the password
	LabelInputGenerated          int64 = 1070002 // field: a trait, by its title in the identity schema
	LabelInputIdentifier         int64 = 1070004 // field: the identifier, "ID"
	LabelSubmit                  int64 = 1070005 // button: submit
	LabelInputEmail              int64 = 1070007 // field: an e-mail address
	LabelResendCode              int64 = 1070008 // button: have another code sent
	LabelContinue                int64 = 1070009 // button: continue
	LabelInputCode               int64 = 1070013 // field: the code that was sent
	LabelInputEmailOrPhone       int64 = 1070018 // field: an e-mail address or a phone number
)
