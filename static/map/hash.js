// The part of an address behind #: where the map is looked at and what its legend hides. Figures never depend on it.

/**
 * What a hash says, such as `#map=6.5/48.2/66.9&hide=unknown,meets_norm`.
 *
 * @returns {{place: ?{zoom: number, latitude: number, longitude: number}, hidden: Set<string>}}
 */
export function readHash(text) {
  const place = /map=(\d+(?:\.\d+)?)\/(-?\d+(?:\.\d+)?)\/(-?\d+(?:\.\d+)?)/.exec(text);
  const hidden = /hide=([a-z0-9_,-]+)/.exec(text);
  return {
    place: place ? { zoom: Number(place[1]), latitude: Number(place[2]), longitude: Number(place[3]) } : null,
    hidden: new Set(hidden ? hidden[1].split(",") : []),
  };
}

/** The hash of a place and of what is hidden; both in one order, so that equal views have equal addresses. */
export function hashOf({ zoom, latitude, longitude }, hidden) {
  const place = `#map=${Math.round(zoom * 100) / 100}/${latitude.toFixed(4)}/${longitude.toFixed(4)}`;
  return hidden.size ? `${place}&hide=${[...hidden].sort().join(",")}` : place;
}
