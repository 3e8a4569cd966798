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

// pictures are those of the login page that the README shows. UPDATE=1 takes them anew.
const pictures = "../../docs/images/login-"

// The window that they show, and how many pixels of theirs each of its own has.
const (
	shownWidth  = 560
	shownHeight = 680
	scale       = 1.5
)

const largest = 60 << 10 // bytes of a picture

// emailOnly is a schema by which users have an e-mail address and nothing else, so that the
// field for it has that name.
const emailOnly = `{"type":"object","properties":{"traits":{"type":"object","properties":{"email":{"title":"E-mail address","type":"string",` +
	`"ory.sh/kratos":{"credentials":{"password":{"identifier":true},"code":{"identifier":true,"via":"email"}},"verification":{"via":"email"}}}}}}}`

// TestPictures holds that the README's pictures show the login page as it is, in light and in
// dark. Fonts differ between machines, so that it is the colours of large parts that count.
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
		require.Less(t, difference(t, kept, now), 3.0, "the page has changed; take its pictures anew: make test-browser UPDATE=1")
	}
}

// taken returns a picture of the window.
func (p *page) taken() []byte {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.tab, patience)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	require.NoError(p.t, err)
	return picture
}

// difference returns by how much the colours of two pictures differ, out of 255: the mean over
// the squares that they are made of.
func difference(t *testing.T, a, b []byte) float64 {
	t.Helper()
	one, other := squares(t, a), squares(t, b)
	sum := 0.0
	for i := range one {
		sum += math.Abs(one[i] - other[i])
	}
	return sum / float64(len(one))
}

// squares returns the brightness of each square of a picture.
func squares(t *testing.T, picture []byte) []float64 {
	t.Helper()
	const width, height, side = shownWidth * scale, shownHeight * scale, 30
	decoded, err := png.Decode(bytes.NewReader(picture))
	require.NoError(t, err)
	require.Equal(t, image.Rect(0, 0, width, height), decoded.Bounds())
	var means []float64
	for top := 0; top < height; top += side {
		for left := 0; left < width; left += side {
			sum := uint32(0)
			for y := top; y < top+side; y++ {
				for x := left; x < left+side; x++ {
					r, g, b, _ := decoded.At(x, y).RGBA()
					sum += (r + g + b) >> 8
				}
			}
			means = append(means, float64(sum)/(3*side*side))
		}
	}
	return means
}
