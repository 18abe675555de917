// Starts the behaviour of the shared components on every page; pages work without it.
import "./clock.js";
import "./exit.js";
import { initAll } from "../../vendor/govuk/govuk-frontend.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();
