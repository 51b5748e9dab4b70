// What can be seen of a page; evaluated in a browser by status-page.test.ts.
(() => {
  const channels = (colour) => (/[\d.]+/g[Symbol.match](colour) ?? []).map(Number);
  const luminance = (colour) => {
    const [r = 0, g = 0, b = 0] = channels(colour).map((c) =>
      c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const paperOf = (element) => {
    if (element === null) return 'rgb(255, 255, 255)';
    const paper = getComputedStyle(element).backgroundColor;
    return channels(paper)[3] === 0 ? paperOf(element.parentElement) : paper;
  };
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode())
    if (walker.currentNode.textContent.trim() !== '') texts.push(walker.currentNode.parentElement);
  const contrast = (element) => {
    const [a, b] = [luminance(getComputedStyle(element).color), luminance(paperOf(element))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };
  return {
    title: document.title,
    overflow: document.documentElement.scrollWidth - innerWidth,
    texts: texts.length,
    faint: texts.filter((element) => contrast(element) < 4.5).map((element) => element.textContent),
    dark: luminance(paperOf(document.body)) < 0.2,
    body: document.body.textContent,
    headings: [...document.querySelectorAll('h1,h2,h3')].map((heading) => `${heading.tagName} ${heading.textContent}`),
    scripts: document.querySelectorAll('script,img').length,
  };
})();
