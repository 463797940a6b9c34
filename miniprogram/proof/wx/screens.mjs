/** What WeChat itself shows over a program: its questions, its camera. */

/** Ask the person; resolves with the words of the button they tap. */
export function ask(title, words, choices, kind = '') {
  return new Promise((resolve) => {
    const over = document.querySelector('#wechat')
    const sheet = document.createElement('section')
    sheet.className = kind
    sheet.setAttribute('role', 'dialog')
    sheet.setAttribute('aria-label', title)
    const head = Object.assign(document.createElement('b'), { textContent: title })
    const said = Object.assign(document.createElement('p'), { textContent: words })
    sheet.append(head, said)
    for (const choice of choices) {
      const button = Object.assign(document.createElement('button'), { textContent: choice })
      button.addEventListener('click', () => { sheet.remove(); resolve(choice) })
      sheet.append(button)
    }
    over.append(sheet)
  })
}

export function toast(words) {
  document.querySelector('#toast')?.remove()
  if (words) document.body.append(Object.assign(document.createElement('div'), { id: 'toast', textContent: words }))
}
