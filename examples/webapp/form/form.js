"use strict"
// Calls what the server's script for passkeys and security keys defines.
;(() => {
  const known = ["oryWebAuthnLogin", "oryPasskeyLogin", "oryPasskeyLoginAutocompleteInit"]
  const call = (name) => {
    if (known.includes(name) && typeof window[name] === "function") window[name]()
  }
  for (const button of document.querySelectorAll("[data-press]")) {
    button.addEventListener("click", () => call(button.dataset.press))
  }
  window.addEventListener("load", () => {
    const starts = [...document.querySelectorAll("[data-start]")].map((part) => part.dataset.start)
    for (const name of new Set(starts)) call(name) // several parts may ask for the same
    for (const button of document.querySelectorAll("[data-press]")) {
      if (typeof window[button.dataset.press] !== "function") button.disabled = true // its script is not there
    }
  })
})()
