-- Messages that were refused, for counting them without reading the others.
CREATE INDEX peer_envelope_refused ON peer_envelope(lane, sequence) WHERE state = 'refused';
