/* exported BACKEND_ORIGIN -- iparams.js reads it */
'use strict';

// The backend's origin. The package is built for one backend: the build puts its address here.
const BACKEND_ORIGIN = 'https://sellerchat.example';
