// Shows the API document. No external validator is asked, and nothing is kept in the browser.
"use strict";
const root = document.getElementById("swagger-ui");
window.SwaggerUIBundle({
  url: root.dataset.document,
  domNode: root,
  presets: [window.SwaggerUIBundle.presets.apis],
  deepLinking: false, // its links lie inside buttons, which nobody without a mouse can tell apart
  validatorUrl: null,
  persistAuthorization: false,
  defaultModelsExpandDepth: 0,
  onComplete() {
    for (const select of root.querySelectorAll(".servers select")) select.setAttribute("aria-label", "Server");
  },
});
