"use strict"
// Stands for the server's script, which tells that of the captcha where it is and where its
// answer belongs.
window.oryCaptchaTurnstileInit = () => {
  const field = (name) => document.querySelector(`input[name="${name}"]`)
  const options = JSON.parse(field("captcha_turnstile_options").value)
  window.turnstile.render("#captcha_turnstile_inject", {
    sitekey: options.sitekey,
    callback: (answer) => {
      field(options.response_field_name).value = answer
    },
  })
}
