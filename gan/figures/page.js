// What the figures' scripts share: the elements that they put on the page, and numbers as one reads them.

function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export function element(tag, { attributes = {}, ...properties } = {}, ...children) {
  return filled(Object.assign(document.createElement(tag), properties), attributes, children);
}

export function svg(tag, attributes, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

export const number = (value, digits = 2) => value.toFixed(digits).replace(/^-(?=0\.?0*$)/, "").replace("-", "−");
