/** In a browser uni puts a field's name, and a picture's words, on an element around it, where no reader of screens
 * looks for them. */

const AROUND = 'uni-input, uni-textarea, uni-image'

/** Hand them on, for as long as the program runs. */
export function nameFields(): void {
  new MutationObserver((seen) => {
    const found = new Set<Element>()
    for (const { target, addedNodes } of seen) {
      for (const node of [target, ...Array.from(addedNodes)]) {
        if (!(node instanceof Element)) continue
        const around = node.closest(AROUND)
        if (around) found.add(around)
        else if (node !== target) node.querySelectorAll(AROUND).forEach((one) => found.add(one))
      }
    }
    found.forEach(name)
  }).observe(document.body, { subtree: true, childList: true, attributeFilter: ['aria-label'] })
}

function name(around: Element): void {
  const inner = around.querySelector('input, textarea, img')
  const words = around.getAttribute('aria-label')
  // a picture that is a button has the button's name
  const button = around.hasAttribute('role')
  if (inner instanceof HTMLImageElement) inner.alt = button ? '' : (around.getAttribute('alt') ?? words ?? inner.alt)
  else if (inner && words !== null) inner.setAttribute('aria-label', words)
  if (inner && !button) around.removeAttribute('aria-label')
}
