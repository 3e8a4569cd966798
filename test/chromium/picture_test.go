package chromium_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"image"
	"image/png"
	"math"
	"os"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/providertest"
)

// pictures are the pictures of the login page in the README. UPDATE=1 takes them anew.
const pictures = "../../docs/images/login-"

// The size of the pictured window, and the number of picture pixels for each of its pixels.
const (
	shownWidth  = 560
	shownHeight = 680
	scale       = 1.5
)

const largest = 60 << 10 // bytes of a picture

// emailOnly is a schema in which users have only an e-mail address, so the field has that name.
const emailOnly = `{"type":"object","properties":{"traits":{"type":"object","properties":{"email":{"title":"E-mail address","type":"string",` +
	`"ory.sh/kratos":{"credentials":{"password":{"identifier":true},"code":{"identifier":true,"via":"email"}},"verification":{"via":"email"}}}}}}}`

// TestPictures checks that the README's pictures show the present login page, in light and in
// dark. It compares the colours of squares, since fonts differ between machines.
func TestPictures(t *testing.T) {
	t.Parallel()
	p := start(t, nil, providertest.Start(t, ada.Email).Settings(kratostest.Set("identity.schemas", []any{map[string]any{
		"id": "default", "url": "base64://" + base64.StdEncoding.EncodeToString([]byte(emailOnly)),
	}}))...).open(t, "/login")
	p.command(func(ctx context.Context) error {
		_, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: shownWidth, Height: shownHeight, DeviceScaleFactor: scale,
		})
		return err
	})
	run[any](p, `document.activeElement.blur()`)
	for _, scheme := range []string{"light", "dark"} {
		p.prefer(scheme)
		require.False(t, run[bool](p, `document.documentElement.scrollHeight > innerHeight`), "the page is longer than its picture")
		now := p.taken()
		if os.Getenv("UPDATE") != "" {
			require.NoError(t, os.MkdirAll("../../docs/images", 0o755))
			require.NoError(t, os.WriteFile(pictures+scheme+".png", now, 0o644))
		}
		kept, err := os.ReadFile(pictures + scheme + ".png")
		require.NoError(t, err, "take the pictures: make test-browser UPDATE=1")
		require.LessOrEqual(t, len(kept), largest)
		require.Less(t, difference(t, kept, now), 0.02, "the page has changed; take its pictures anew: make test-browser UPDATE=1")
	}
}

// taken takes a picture of the window.
func (p *page) taken() []byte {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.tab, patience)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	require.NoError(p.t, err)
	return picture
}

// difference returns the share of the squares whose colours differ in two pictures.
func difference(t *testing.T, a, b []byte) float64 {
	t.Helper()
	one, other := squares(t, a), squares(t, b)
	differ := 0
	for i := range one {
		for channel := range one[i] {
			if math.Abs(one[i][channel]-other[i][channel]) > 40 {
				differ++
				break
			}
		}
	}
	return float64(differ) / float64(len(one))
}

// squares returns the mean colour of each square of a picture: red, green and blue.
func squares(t *testing.T, picture []byte) [][3]float64 {
	t.Helper()
	const width, height, side = shownWidth * scale, shownHeight * scale, 30
	decoded, err := png.Decode(bytes.NewReader(picture))
	require.NoError(t, err)
	require.Equal(t, image.Rect(0, 0, width, height), decoded.Bounds())
	means := make([][3]float64, width/side*height/side)
	for y := range int(height) {
		for x := range int(width) {
			red, green, blue, _ := decoded.At(x, y).RGBA()
			mean := &means[y/side*(width/side)+x/side]
			for channel, value := range []uint32{red, green, blue} {
				mean[channel] += float64(value>>8) / (side * side)
			}
		}
	}
	return means
}
