package kneo

// Version is the version of this library. It is part of the User-Agent of every request.
const Version = "0.1.0"

// userAgent is what requests carry as User-Agent unless [WithUserAgent] put something before it.
const userAgent = "kneo-client-go/" + Version
