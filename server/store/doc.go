// Package store is the home of the engines that keep the product's state.
// Each engine is a package beside the others, implements the ports of package
// bridge and passes the suite in storetest; nothing here holds code of its
// own, and no engine knows another.
package store
