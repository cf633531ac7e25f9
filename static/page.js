// What every page needs, for pages without a map; a page with one has it in map.js.

import "./search.js";
import { useSharing } from "./share.js";

useSharing();
