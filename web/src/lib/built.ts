// The pages that exist. A control without its page is absent: links in the navigation
// and in other pages ask here, so that none leads to nothing.
export const built = {
  overview: true,
  webhooks: true,
  requests: true,
  events: true,
  receiver: true,
  keys: true,
  settings: true,
  api: true,
};
