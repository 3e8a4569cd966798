// Returns what makes the page hard to read or to use: text and borders that stand
// out too little by WCAG AA, text that is cut off, and fields without a label.
(() => {
  const defects = []
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true })
  const channels = (color) => {
    canvas.clearRect(0, 0, 1, 1)
    canvas.fillStyle = color
    canvas.fillRect(0, 0, 1, 1)
    return canvas.getImageData(0, 0, 1, 1).data
  }
  const luminance = (color) => {
    const [r, g, b] = [...channels(color)].slice(0, 3).map((c) => {
      c /= 255
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const contrast = (a, b) => {
    const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y)
    return (light + 0.05) / (dark + 0.05)
  }
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor
      const alpha = channels(color)[3]
      if (alpha === 255) return color
      if (alpha > 0) defects.push(`a ground that shows through: ${at.outerHTML}`)
    }
    return "white"
  }
  const isShown = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0
  const needs = (element, what, color, behind, ratio) => {
    const actual = contrast(color, behind)
    if (actual < ratio) defects.push(`contrast of ${what} is ${actual.toFixed(2)}: ${element.outerHTML.slice(0, 200)}`)
  }

  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  let texts = 0
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement
    if (walker.currentNode.data.trim() === "" || !isShown(element)) continue
    texts++
    for (let at = element; at; at = at.parentElement) {
      if (getComputedStyle(at).opacity < 1 && !at.matches(":disabled")) defects.push(`shows through: ${at.outerHTML.slice(0, 200)}`)
    }
    const style = getComputedStyle(element)
    const size = parseFloat(style.fontSize)
    const isLarge = size >= 24 || (size >= 18.66 && style.fontWeight >= 700)
    needs(element, "text", style.color, ground(element), isLarge ? 3 : 4.5)
  }
  if (texts === 0) defects.push("no text")

  for (const field of document.querySelectorAll("input:not([type=hidden]), select")) {
    if (!isShown(field)) continue
    if (!field.labels.length || field.labels[0].innerText.trim() === "") defects.push(`no label: ${field.outerHTML}`)
    needs(field, "border", getComputedStyle(field).borderTopColor, ground(field.parentElement), 3)
    needs(field, "content", getComputedStyle(field).color, ground(field), 4.5)
  }
  for (const button of document.querySelectorAll("button")) {
    if (isShown(button) && button.innerText.trim() === "") defects.push(`no name: ${button.outerHTML}`)
  }
  for (const element of document.querySelectorAll("body, body *")) {
    if (isShown(element) && element.getBoundingClientRect().right > innerWidth + 0.5) {
      defects.push(`wider than the window: ${element.outerHTML.slice(0, 200)}`)
    }
  }
  return defects
})()
