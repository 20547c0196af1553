// The backend's origin. The package is built for one backend: the build puts its address here.
exports.ORIGIN = 'https://sellerchat.example';
