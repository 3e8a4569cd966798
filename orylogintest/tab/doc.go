// Package tab is a browser's tab for tests of web applications. It is an HTTP client that
// opens pages, fills in and submits their forms as a user does, and says what is there.
//
//	page := tab.Open(t, app.URL+"/login")
//	page.Press("Sign in", map[string]string{"E-mail": "ada@example.com", "Password": "correct horse"})
//	require.Contains(t, page.Text(), "Welcome")
//
// It keeps cookies, follows redirects, and sends the headers by which servers tell where a
// request comes from: Origin, Referer and Sec-Fetch-Site. It runs no scripts, and knows
// neither Content-Security-Policy nor SameSite.
//
// A page may take at most 30 seconds and have at most 8 MiB. What a user could not do, such
// as pressing a button that is not there, ends the test with the page's text.
package tab
