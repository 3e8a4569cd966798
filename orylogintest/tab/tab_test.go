package tab_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/orylogintest/tab"
)

// serve starts a site with HTML pages. All other paths answer with the request that they got.
func serve(t *testing.T, pages map[string]string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if page, ok := pages[r.URL.Path]; ok {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = io.WriteString(w, page)
			return
		}
		body, _ := io.ReadAll(r.Body)
		_, _ = fmt.Fprintf(w, "%s %s|%s", r.Method, r.RequestURI, body)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestPress(t *testing.T) {
	t.Parallel()
	const all = `<form action="/sent" method="post"><input type="hidden" name="token" value="a+b&amp;c">
		<label for="mail">E-mail
			address</label> <input id="mail" name="email" value="old@example.com">
		<label>Password <input type="password" name="password"></label>
		<input name="code" aria-label="Code"> <span id="n">Note</span><textarea name="note" aria-labelledby="n">hm</textarea>
		<label><input type="checkbox" name="remember"> Remember me</label>
		<label><input type="checkbox" name="news" value="yes" checked> News</label>
		<label><input type="radio" name="color" value="r" checked> Red</label> <label><input type="radio" name="color" value="g"> Green</label>
		<label>Size <select name="size"><option value="s">Small</option><option value="l">Large</option></select></label>
		<input name="off" disabled value="x"><input type="file" name="file">
		<button name="method" value="password">Log in</button> <input type="submit" name="method" value="Send">
		<button formaction="/other" formmethod="get">Look</button></form>`
	for _, test := range []struct {
		page, press string
		fields      map[string]string
		sent        string
	}{
		{all, "Log in", nil, "POST /sent|code=&color=r&email=old%40example.com&method=password&news=yes&note=hm&password=&size=s&token=a%2Bb%26c"},
		{all, "Log in", map[string]string{
			"E-mail address": "ada@example.com", "Password": "correct horse", "Code": "1", "Note": "two\nlines", "Remember me": "yes",
			"News": "", "Green": "yes", "Size": "Large",
		}, "POST /sent|code=1&color=g&email=ada%40example.com&method=password&note=two%0D%0Alines&password=correct+horse&remember=on&size=l&token=a%2Bb%26c"},
		{all, "Send", nil, "POST /sent|code=&color=r&email=old%40example.com&method=Send&news=yes&note=hm&password=&size=s&token=a%2Bb%26c"},
		{all, "Look", nil, "GET /other?code=&color=r&email=old%40example.com&news=yes&note=hm&password=&size=s&token=a%2Bb%26c|"},
		{`<form><input name="q" placeholder="Search"><button>Go</button></form>`, "Go", map[string]string{"Search": "x y"}, ""},
		{`<a href="below/x?y=1#z"><b>More</b> <img alt="of it"></a>`, "More of it", nil, "GET /below/x?y=1|"},
		{`<base href="/deep/"><a href="x">More</a>`, "More", nil, "GET /deep/x|"},
		{
			`<form action=/one><input name=a aria-label=A><button>Go</button></form><form action=/two><input name=b aria-label=B><button>Go</button></form>`,
			"Go",
			map[string]string{"B": "2"},
			"GET /two?b=2|",
		},
		{`<form id=f action=/far></form><input form=f name=a aria-label=A><button form=f>Go</button>`, "Go", map[string]string{"A": "1"}, "GET /far?a=1|"},
	} {
		page := tab.Open(t, serve(t, map[string]string{"/": test.page})+"/")
		page.Press(test.press, test.fields)
		if test.sent == "" { // the form is sent to the page itself
			require.Equal(t, "q=x+y", page.URL.RawQuery)
			continue
		}
		require.Equal(t, test.sent, page.Text())
	}
}

func TestWhatNoUserCanDo(t *testing.T) {
	t.Parallel()
	site := serve(t, map[string]string{"/": `<title>T</title><form><input name=a aria-label=A readonly><select name=s aria-label=S><option>x</select>
		<input type=file aria-label=F><button disabled>Off</button><button>Go</button><button type=button>Script</button></form>
		<form enctype="multipart/form-data" method=post><button>Upload</button></form><button>Alone</button><a href=/>Twice</a><a href=/>Twice</a>`})
	for _, test := range []struct {
		press  string
		fields map[string]string
		text   string
	}{
		{"Nothing", nil, `no button or link "Nothing"`},
		{"Off", nil, `no button or link "Off"`},
		{"Go", map[string]string{"B": "x"}, `no button or link "Go" with the fields ["B"] in its form. The page is , status 200:` + "\nT\n"},
		{"Go", map[string]string{"A": "x"}, `nothing can be typed into "A"`},
		{"Go", map[string]string{"F": "x"}, `nothing can be typed into "F"`},
		{"Go", map[string]string{"S": "y"}, `"S" has no option "y"`},
		{"Twice", nil, `2 buttons or links "Twice"`},
		{"Script", nil, "does nothing without a script"},
		{"Alone", nil, "does nothing without a script"},
		{"Upload", nil, "sends no files"},
	} {
		require.Contains(t, failure(t, func(w *witness) { tab.Open(w, site).Press(test.press, test.fields) }), test.text)
	}
	require.Contains(t, failure(t, func(w *witness) { tab.Open(w, "/relative") }), "is no address")
	require.Contains(t, failure(t, func(w *witness) { tab.Open(w, "http://%") }), "invalid")
}

// witness is a testing.TB that can fail without failing the test around it.
type witness struct {
	testing.TB
	text string
}

func (*witness) Helper()                          {}
func (w *witness) Fatal(a ...any)                 { w.Fatalf("%s", fmt.Sprint(a...)) }
func (w *witness) Fatalf(format string, a ...any) { w.text = fmt.Sprintf(format, a...); panic(w) }

func failure(t *testing.T, do func(*witness)) string {
	t.Helper()
	w := &witness{TB: t}
	require.Panics(t, func() { do(w) })
	return w.text
}

func TestText(t *testing.T) {
	t.Parallel()
	site := serve(t, map[string]string{"/": `<!doctype html><title>The title</title><style>p{}</style><script>no</script>
		<h1>Hello,  <em>Ada</em></h1><ul><li>one<li>two</ul><p hidden>no</p><noscript>no scripts here</noscript>
		<form><input type=hidden name=t value=no><label>E-mail <input name=e value="ada@example.com"></label>
		<label>Password <input type=password value=abc></label><label><input type=checkbox checked>On</label>
		<label>Size <select><option>S<option selected>L</select></label> <button>Log in</button></form><img alt="A picture">`})
	require.Equal(t, strings.Join([]string{
		"The title", "Hello, Ada", "one", "two", "no scripts here",
		"E-mail [ada@example.com] Password [•••] [x] On Size [L] [Log in]", "A picture",
	}, "\n"), tab.Open(t, site).Text())
	require.Equal(t, "GET /plain|", tab.Open(t, site+"/plain").Text())
}

// TestHeaders checks the headers that tell a server where a request comes from.
func TestHeaders(t *testing.T) {
	t.Parallel()
	var got []string
	note := func(r *http.Request) {
		got = append(got, strings.Join([]string{
			r.Method, r.URL.Path, r.Header.Get("Sec-Fetch-Site"), r.Header.Get("Origin"), r.Header.Get("Referer"),
		}, " "))
	}
	var one, other *httptest.Server
	one = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		note(r)
		switch r.URL.Path {
		case "/post":
			http.SetCookie(w, &http.Cookie{Name: "seen", Value: "yes"})
			http.Redirect(w, r, other.URL+"/away", http.StatusSeeOther)
		case "/keep":
			http.Redirect(w, r, "/kept#there", http.StatusTemporaryRedirect)
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
		default:
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, `<form method=post><button formaction=/post>Post</button><button formaction=/keep>Keep</button></form>`)
		}
	}))
	defer one.Close()
	other = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		note(r)
		if r.URL.Path == "/away" {
			http.Redirect(w, r, one.URL+"/back", http.StatusFound)
		}
	}))
	defer other.Close()

	page := tab.Open(t, one.URL+"/a?b=c", &http.Cookie{Name: "session", Value: "s"})
	page.Press("Post", nil)
	require.Equal(t, "/back", page.URL.Path)
	require.Equal(t, http.StatusOK, page.Status)
	require.Len(t, page.Client.Jar.Cookies(page.URL), 2)
	page.Client.CheckRedirect = nil
	page.Press("Keep", nil)
	require.Equal(t, one.URL+"/kept#there", page.URL.String())
	page.Open("/typed")
	require.Equal(t, []string{
		"GET /a none  ",
		"POST /post same-origin " + one.URL + " " + one.URL + "/a?b=c",
		"GET /away same-site  " + one.URL + "/",
		"GET /back same-site  " + one.URL + "/a?b=c",
		"POST /keep same-origin " + one.URL + " " + one.URL + "/back",
		"POST /kept same-origin " + one.URL + " " + one.URL + "/back",
		"GET /typed none  ",
	}, got)
	got = nil
	page.RequestHeader.Set("Referer", "https://elsewhere.example/")
	page.Open("/other")
	require.Equal(t, []string{"GET /other none  https://elsewhere.example/"}, got)
	require.Contains(t, failure(t, func(w *witness) { tab.Open(w, one.URL+"/round") }), "more than 20 redirects")
}

// TestNoAnswer checks that the tab shows, as a browser does, that nothing is at an address.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	site := serve(t, map[string]string{"/": `<a href="` + closed.URL + `/called?code=secret">Go</a><a href="com.example.app:/called?code=secret">App</a>`})
	page := tab.Open(t, site)
	page.Press("Go", nil)
	require.Zero(t, page.Status)
	require.Equal(t, "secret", page.URL.Query().Get("code"))
	require.Contains(t, page.Text(), "There is no answer from "+closed.URL+"/called: ")
	require.NotContains(t, page.Text(), "secret")
	page.Open(site)
	page.Press("App", nil)
	require.Equal(t, "com.example.app", page.URL.Scheme)
	require.NotContains(t, page.Text(), "secret")
}

// TestLargePage checks that a large page is not read to its end.
func TestLargePage(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for range 100 {
			_, _ = w.Write(make([]byte, 1<<20))
		}
	}))
	defer server.Close()
	require.Contains(t, failure(t, func(w *witness) { tab.Open(w, server.URL) }), "more than 8388608 bytes")
}
