"use strict"
// Stands for the captcha's own script: it shows a frame, which says what the answer is.
;(() => {
  const { origin, searchParams } = new URL(document.currentScript.src)
  window.turnstile = {
    render(place, options) {
      const frame = document.createElement("iframe")
      frame.src = `${origin}/frame`
      frame.title = "Captcha"
      window.addEventListener("message", (event) => {
        if (event.origin === origin) options.callback(event.data)
      })
      document.querySelector(place).append(frame)
    },
  }
  window[searchParams.get("onload")]()
})()
