using System.Net;
using Microsoft.Extensions.Logging;

namespace Latchkey.Tls.AspNetCore;

internal sealed partial class KeylessHttpsMiddleware
{
    private static partial class Log
    {
        [LoggerMessage(4001, LogLevel.Error, "Site {Site}: the holder of its key failed, the client got internal_error: {Reason} ({Suppressed} more since the last such line)")]
        public static partial void KeyHolderFailed(ILogger logger, string site, string reason, int suppressed);

        [LoggerMessage(4002, LogLevel.Debug, "Connection {ConnectionId} from {RemoteEndPoint}: handshake ended, {Culprit}: {Reason}")]
        public static partial void HandshakeRefused(ILogger logger, string connectionId, EndPoint? remoteEndPoint, string culprit, string reason);

        [LoggerMessage(4003, LogLevel.Error, "Connection {ConnectionId} from {RemoteEndPoint}: handshake failed by a fault of this server")]
        public static partial void HandshakeFault(ILogger logger, string connectionId, EndPoint? remoteEndPoint, Exception fault);

        [LoggerMessage(4004, LogLevel.Warning, "A connection was closed because a limit was reached: {Reason} ({Suppressed} more since the last such line)")]
        public static partial void LimitReached(ILogger logger, string reason, int suppressed);

        [LoggerMessage(4005, LogLevel.Debug, "Connection {ConnectionId}: close_notify could not be sent: {Reason}")]
        public static partial void CloseFailed(ILogger logger, string connectionId, string reason);
    }
}
