using System.Net;
using Microsoft.Extensions.Logging;

namespace Latchkey.KeyServer;

/// <summary>What the key server logs; event ids 3000 and up are stable.</summary>
internal static partial class KeyServerLog
{
    [LoggerMessage(3000, LogLevel.Information, "Key server listens on {EndPoint} with {Keys} keys and {Workers} workers, by {Crypto}.")]
    public static partial void Listening(this ILogger log, IPEndPoint endPoint, int keys, int workers, string crypto);

    [LoggerMessage(3001, LogLevel.Information, "Key server drains: {Connections} connections.")]
    public static partial void Draining(this ILogger log, int connections);

    [LoggerMessage(3002, LogLevel.Information, "Key server stopped.")]
    public static partial void Stopped(this ILogger log);

    [LoggerMessage(3003, LogLevel.Error, "Accepting connections failed; trying again.")]
    public static partial void AcceptFailed(this ILogger log, Exception exception);

    [LoggerMessage(3010, LogLevel.Information, "Edge '{Edge}' connected from {Peer} ({Protocol}).")]
    public static partial void EdgeConnected(this ILogger log, string edge, EndPoint? peer, string protocol);

    [LoggerMessage(3011, LogLevel.Information, "Edge '{Edge}' at {Peer} disconnected after {Requests} requests: {Reason}.")]
    public static partial void EdgeDisconnected(this ILogger log, string edge, EndPoint? peer, long requests, string reason);

    [LoggerMessage(3012, LogLevel.Warning, "{Peer} was not admitted: {Reason}")]
    public static partial void NotAdmitted(this ILogger log, EndPoint? peer, string reason);

    [LoggerMessage(3013, LogLevel.Warning, "{Peer} was turned away: {Reason}.")]
    public static partial void TurnedAway(this ILogger log, EndPoint? peer, string reason);

    [LoggerMessage(3014, LogLevel.Warning, "Edge '{Edge}' at {Peer} sent malformed bytes; its connection is closed.")]
    public static partial void MalformedBytes(this ILogger log, string edge, EndPoint? peer);

    [LoggerMessage(3015, LogLevel.Error, "A connection of edge '{Edge}' failed inside the key server.")]
    public static partial void ConnectionFailed(this ILogger log, string edge, Exception exception);

    [LoggerMessage(3016, LogLevel.Warning, "Edge '{Edge}' at {Peer} was cut off: {Reason}.")]
    public static partial void CutOff(this ILogger log, string edge, EndPoint? peer, string reason);

    [LoggerMessage(3017, LogLevel.Information, "{Lists} revocation lists in force, {Revoked} certificates on them; they hold until {Until}.")]
    public static partial void RevocationInForce(this ILogger log, int lists, int revoked, DateTimeOffset? until);

    [LoggerMessage(3018, LogLevel.Error, "Revocation lists were not reloaded, the old ones stay: {Reason}")]
    public static partial void RevocationNotReloaded(this ILogger log, string reason);

    [LoggerMessage(3040, LogLevel.Information, "Dials {Edges} edges, by {Crypto}, with {Keys} keys and {Workers} workers.")]
    public static partial void Dialling(this ILogger log, int edges, int keys, int workers, string crypto);

    [LoggerMessage(3041, LogLevel.Error, "Edge {Edge} cannot be reached: {Reason} Dialling until it can.")]
    public static partial void CannotDial(this ILogger log, string edge, string reason);

    [LoggerMessage(3042, LogLevel.Debug, "Edge {Edge} still cannot be reached: {Reason}")]
    public static partial void StillCannotDial(this ILogger log, string edge, string reason);

    [LoggerMessage(3043, LogLevel.Error, "Dialling edge {Edge} ended unexpectedly.")]
    public static partial void DiallingEnded(this ILogger log, string edge, Exception exception);

    [LoggerMessage(3020, LogLevel.Error, "Operation {Operation} with the key in {File} for edge '{Edge}' failed.")]
    public static partial void OperationFailed(this ILogger log, string operation, string file, string edge, Exception exception);

    [LoggerMessage(3021, LogLevel.Warning, "Overloaded ({Lane}): requests of edge '{Edge}' are refused; {Queued} are waiting.")]
    public static partial void Overloaded(this ILogger log, string lane, string edge, int queued);

    [LoggerMessage(3023, LogLevel.Error, "Operation {Operation} with the key at {Key} for edge '{Edge}' failed: {Reason}")]
    public static partial void DeviceFailed(this ILogger log, string operation, string key, string edge, string reason);

    [LoggerMessage(3022, LogLevel.Debug, "Edge '{Edge}' was refused {Operation}: {Reason}.")]
    public static partial void Refused(this ILogger log, string edge, string operation, Wire.KeylessError reason);

    [LoggerMessage(3025, LogLevel.Warning, "Edge '{Edge}' may not use {Key} for {Operation} and name '{Name}': {Reason}. Metric latchkey.keyserver.denials counts them all.")]
    public static partial void Denied(this ILogger log, string edge, string operation, string key, string name, string reason);

    [LoggerMessage(3024, LogLevel.Warning, "Edge '{Edge}' has used {Key} as often as {Rule} allows: {Limit}.")]
    public static partial void Limited(this ILogger log, string edge, string key, string rule, string limit);

    [LoggerMessage(3037, LogLevel.Warning, "{Settings}: changed, takes effect with the next start.")]
    public static partial void NeedsRestart(this ILogger log, string settings);

    [LoggerMessage(3030, LogLevel.Information, "{Keys} keys loaded, {Certificates} certificates found for them.")]
    public static partial void KeysLoaded(this ILogger log, int keys, int certificates);

    [LoggerMessage(3031, LogLevel.Error, "Keys were not reloaded, the old ones stay: {Reason}")]
    public static partial void KeysNotReloaded(this ILogger log, string reason);

    [LoggerMessage(3032, LogLevel.Warning, "{File} can be read by everyone on this machine; a private key should not (chmod 600).")]
    public static partial void KeyReadableByAll(this ILogger log, string file);

    [LoggerMessage(3033, LogLevel.Warning, "{Path} holds no private key yet.")]
    public static partial void NoKeys(this ILogger log, string path);

    [LoggerMessage(3034, LogLevel.Warning, "Keys in {Path} serve raw operations: edges may decrypt and sign anything with them.")]
    public static partial void RawOperationsServed(this ILogger log, string path);

    [LoggerMessage(3036, LogLevel.Information, "{Keys} pre-shared keys loaded.")]
    public static partial void PreSharedKeysLoaded(this ILogger log, int keys);

    [LoggerMessage(3035, LogLevel.Error, "Watching the key files failed.")]
    public static partial void WatchFailed(this ILogger log, Exception exception);

    [LoggerMessage(3070, LogLevel.Information, "Audit: record {Number}, hash {Hash}.")]
    public static partial void AuditCheckpoint(this ILogger log, long number, string hash);

    [LoggerMessage(3071, LogLevel.Error, "The audit log in {Folder} cannot be written, {Consequence}: {Reason}")]
    public static partial void AuditNotWritable(this ILogger log, string folder, string consequence, string reason);

    [LoggerMessage(3072, LogLevel.Warning, "The audit log in {Folder} can be written again; meanwhile {Unrecorded} uses went unrecorded and {Refused} were refused.")]
    public static partial void AuditWritable(this ILogger log, string folder, long unrecorded, long refused);

    [LoggerMessage(3073, LogLevel.Error, "The end of the audit log in {Folder} is missing or changed: {Lost} records up to record {Number} are not those that were written.")]
    public static partial void AuditRecordsLost(this ILogger log, string folder, long lost, long number);

    [LoggerMessage(3044, LogLevel.Warning, "The split key in {File} was not joined: {Reason}.")]
    public static partial void NotJoined(this ILogger log, string file, string reason);

    [LoggerMessage(3090, LogLevel.Information, "A ticket key was made for {From:u} to {Until:u}; {Keys} ticket keys are here, {Own} of this key server's making.")]
    public static partial void RootMade(this ILogger log, DateTimeOffset from, DateTimeOffset until, int keys, int own);

    [LoggerMessage(3091, LogLevel.Error, "There is no fresh ticket key, and none is made: no tickets are issued until there is one; handshakes are full ones. The last one sealed until {Until:u}.")]
    public static partial void NoFreshRoot(this ILogger log, DateTimeOffset? until);

    [LoggerMessage(3092, LogLevel.Information, "There is a fresh ticket key again.")]
    public static partial void FreshRoot(this ILogger log);

    [LoggerMessage(3093, LogLevel.Information, "The keys that ticket keys are derived from were given to '{Edge}' at {Peer}.")]
    public static partial void RootsShared(this ILogger log, string edge, EndPoint? peer);

    [LoggerMessage(3094, LogLevel.Information, "Peer '{Peer}' at {EndPoint} gave {Taken} keys that ticket keys are derived from; {Keys} are here.")]
    public static partial void RootsLearned(this ILogger log, string peer, string endPoint, int taken, int keys);

    [LoggerMessage(3095, LogLevel.Warning, "Peer '{Peer}' at {EndPoint} gave {Left} keys that were left: they last too long, or are too many. Are ticketKeys and the clocks the same at both?")]
    public static partial void RootsLeft(this ILogger log, string peer, string endPoint, int left);

    [LoggerMessage(3096, LogLevel.Warning, "Peer '{Peer}' at {EndPoint} gives no keys: {Reason} What is sealed by one does not open at the other meanwhile.")]
    public static partial void RootsRefused(this ILogger log, string peer, string endPoint, string reason);

    [LoggerMessage(3097, LogLevel.Error, "Exchanging keys with peer '{Peer}' at {EndPoint} failed; it goes on in a while.")]
    public static partial void PeerFailed(this ILogger log, string peer, string endPoint, Exception exception);

    [LoggerMessage(3098, LogLevel.Error, "A round of the ticket keys failed; they are looked at again all the same.")]
    public static partial void RoundFailed(this ILogger log, Exception exception);

    [LoggerMessage(3080, LogLevel.Warning, "Edge '{Edge}' was refused {Operation}: {Reason}.")]
    public static partial void NotFresh(this ILogger log, string edge, string operation, string reason);

    [LoggerMessage(3085, LogLevel.Warning, "A request (operation {Operation:X2}) of edge '{Edge}' was refused unread: {Reason}.")]
    public static partial void NotSigned(this ILogger log, string edge, byte operation, string reason);
}
