// The backend's origin. The package is built for one backend: the build puts its address here.
const BACKEND_ORIGIN = 'https://sellerchat.example'; // eslint-disable-line no-unused-vars -- iparams.js reads it
