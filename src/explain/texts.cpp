// SPDX-License-Identifier: Apache-2.0
// The table of texts. Order as in base/error.h; problem_test.cpp holds every entry to the rules of texts.h.
#include "explain/texts.h"

#include <array>

namespace reeve::explain {

namespace {

constexpr std::array<Texts, kCodeCount> kTexts{{
    // request-malformed
    {"The request is malformed", "The request does not follow the rules of HTTP and was not forwarded.",
     "Correct the request as the detail says and send it again; an HTTP library that builds requests itself "
     "does "
     "this for you."},
    // request-timeout
    {"The request came too slowly",
     "The whole request did not arrive within the time that this gateway allows.",
     "Send the request again over a new connection; send its head in one piece and keep the body flowing."},
    // uri-too-long
    {"The request target is too long",
     "The path and query of this request are longer than this gateway reads.",
     "Shorten the URL; move long parameters into the body of a POST request."},
    // head-too-large
    {"The request head is too large",
     "The request line and the header fields together exceed this gateway's limit.",
     "Send fewer or shorter header fields; large cookies are the usual cause."},
    // method-not-implemented
    {"This method is not offered", "This gateway never serves the methods CONNECT and TRACE.",
     "Use another method; to reach the service through a proxy, address this gateway as its origin server."},
    // version-not-supported
    {"This version of HTTP is not supported", "The request names a version of HTTP that is not spoken here.",
     "Send the request as HTTP/1.1."},
    // misdirected-request
    {"The request was sent to the wrong server",
     "This server does not answer for the host that the request names.",
     "Check the Host field, and open a connection of its own for each host name."},
    // loop-detected
    {"The request came back to this gateway",
     "The request has passed through this gateway already, so forwarding it "
     "would go round in circles.",
     "Nothing in the request needs to change; tell the operator that an upstream of this route leads back to "
     "the "
     "gateway."},
    // upgrade-refused
    {"The upgrade was refused", "This route does not switch to the protocol that the Upgrade field asks for.",
     "Send the request without Upgrade, or ask the operator to allow this protocol on the route."},
    // route-not-found
    {"No route for this request", "Nothing is served under this host and path.",
     "Compare host, path, letter case and trailing slash with the documentation of the API."},
    // method-not-allowed
    {"Method not allowed", "This resource exists but does not take this method.",
     "Use one of the methods that the Allow field lists."},
    // credential-missing
    {"No credential came with the request", "This route needs a credential and the request carries none.",
     "Send your key in the field Authorization, as `Bearer` and the key, or in X-Api-Key."},
    // credential-misplaced
    {"The credential is in the wrong place",
     "A credential came where this route does not look for one, so it was not used.",
     "Send the key alone in the field Authorization, as `Bearer` and the key, or in X-Api-Key."},
    // credential-malformed
    {"The credential cannot be a key", "What came as a credential does not have the form of one.",
     "Copy the key again from where it was shown, whole and without anything around it."},
    // credential-unknown
    {"The credential is not known here", "No key of this gateway is the one that came.",
     "Check that the key is meant for this gateway and was copied whole; else ask the operator for a new "
     "one."},
    // credential-ambiguous
    {"Two different credentials came",
     "The request carries different credentials in several places, and it is not clear which one is meant.",
     "Send one of them only; to pass the other one on, send the gateway's own in the field Reeve-Key."},
    // credential-expired
    {"The credential has expired", "The key is right, but its time is over.",
     "Ask the operator for a new key, or to extend this one."},
    // credential-revoked
    {"The credential was revoked", "The key is right, but it has been revoked.",
     "Ask the operator for a new key; if nobody told you why, ask that too."},
    // credential-not-yet-valid
    {"The credential is not valid yet", "The key is right, but its time has not begun.",
     "Wait until the key is valid, or ask the operator for one that is."},
    // credential-wrong-environment
    {"The credential is for another environment",
     "The key belongs to the other environment: test keys do not work on live gateways, nor the reverse.",
     "Use the key for this environment, or send the request to the gateway that your key is for."},
    // permission-missing
    {"A permission is missing",
     "The credential was accepted, but it does not carry what this route requires.",
     "Ask the operator for the missing permission."},
    // ip-not-allowed
    {"Your address is not on the list", "Requests are only let in from certain networks, and yours is none.",
     "Call from a network that is let in, or ask the operator to add your address."},
    // ip-blocked
    {"Your address is blocked", "Requests from your network are kept out.",
     "Call from another network, or ask the operator why yours is blocked."},
    // outside-hours
    {"This route is closed at this hour", "The route is open at certain hours only, and now is none of them.",
     "Send the request again when the route is open."},
    // body-too-large
    {"The request body is too large", "The body of this request is larger than this route accepts.",
     "Send a smaller body, or split it over several requests."},
    // body-type-refused
    {"This kind of body is not accepted",
     "The media type of this request's body is not one that the route takes.",
     "Send the body as one of the types that the route takes, and say so in Content-Type."},
    // rate-limited
    {"Too many requests", "More requests came than the limit allows in this time.",
     "Wait as long as Retry-After says and send the request again; spread requests evenly."},
    // quota-exhausted
    {"The quota is used up", "All requests of this period have been made.",
     "Wait for the next period, or ask the operator for a larger quota."},
    // concurrency-limited
    {"Too many requests at once", "As many requests as allowed are being served at this moment.",
     "Wait for one of your requests to end before you send the next."},
    // upstream-unreachable
    {"The service could not be reached",
     "This gateway could not connect to the service behind it; the service has not seen your request.",
     "Send the request again in a few seconds; if this lasts, tell the operator the time and the "
     "X-Request-Id of "
     "this answer."},
    // upstream-malformed
    {"The service gave a broken answer",
     "The service behind this gateway did not answer in valid HTTP; it may have acted on your request.",
     "Check whether the request took effect before you send it again; if this lasts, tell the operator the "
     "time and "
     "the X-Request-Id of this answer."},
    // upstream-timeout
    {"The service did not answer in time",
     "The service behind this gateway took longer than this route waits; it may still be acting on your "
     "request.",
     "Check whether the request took effect before you send it again; if this lasts, tell the operator the "
     "time and "
     "the X-Request-Id of this answer."},
    // no-healthy-target
    {"The service is unavailable",
     "Every server behind this route is out of service at the moment; none has seen "
     "your request.",
     "Send the request again in a few seconds; if this lasts, tell the operator the time and the "
     "X-Request-Id of this "
     "answer."},
    // dependency-unavailable
    {"A dependency of the gateway is unavailable",
     "This gateway depends on another system that does not answer, so your request was neither allowed nor "
     "refused.",
     "Send the request again in a few seconds; if this lasts, tell the operator the time and the "
     "X-Request-Id of this "
     "answer."},
    // overloaded
    {"The gateway is overloaded",
     "This gateway has no room for another request at the moment and has not forwarded "
     "yours.",
     "Send the request again after a pause that grows with every attempt."},
    // maintenance
    {"This route is under maintenance", "The operator has taken this route out of service for a while.",
     "Send the request again later; if the Retry-After field is there, it says when."},
    // draining
    {"The gateway is shutting down",
     "This gateway process is about to end and has not forwarded your request.",
     "Send the request again over a new connection."},
    // internal-error
    {"Internal error", "Something went wrong inside the gateway; your request is not the cause.",
     "Check whether the request took effect before you send it again, and tell the operator the time and the "
     "X-Request-Id of this answer."},
    // client-closed: only ever logged
    {"The client left", "The client closed the connection before an answer could be sent.",
     "Keep the connection open until the answer has come; raise the client's time limit if it is too short."},
}};

}  // namespace

const Texts& texts(Code code) {
  return kTexts[static_cast<std::size_t>(code)];
}

}  // namespace reeve::explain
