/** What means something in HTML and XML, as an entity. */
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
export const withEntities = (text: string): string => text.replace(/[&<>"']/g, (one) => ENTITIES[one] ?? one);
