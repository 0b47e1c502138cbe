using Microsoft.Extensions.Logging;

namespace Latchkey.Client;

public sealed partial class KeyServerClient
{
    internal static partial class Log
    {
        [LoggerMessage(2000, LogLevel.Information, "Key server \"{Name}\": connected to {EndPoint} ({Kind}).")]
        public static partial void Connected(ILogger logger, string name, KeyServerEndPoint endPoint, string kind);

        [LoggerMessage(2001, LogLevel.Warning, "Key server \"{Name}\": connection lost. {Reason}")]
        public static partial void Disconnected(ILogger logger, string name, string reason);

        [LoggerMessage(2002, LogLevel.Error, "Key server \"{Name}\": cannot connect. {Reason} Trying again until it works.")]
        public static partial void CannotConnect(ILogger logger, string name, string reason);

        [LoggerMessage(2003, LogLevel.Debug, "Key server \"{Name}\": still cannot connect. {Reason}")]
        public static partial void StillCannotConnect(ILogger logger, string name, string reason);

        [LoggerMessage(2004, LogLevel.Warning, "Key server \"{Name}\": {Operation} tried again on another connection. {Reason}")]
        public static partial void Retrying(ILogger logger, string name, string operation, string reason);

        [LoggerMessage(2005, LogLevel.Warning, "Key server \"{Name}\": {Operation} failed. {Reason}")]
        public static partial void OperationFailed(ILogger logger, string name, string operation, string reason);

        [LoggerMessage(2006, LogLevel.Error, "Key server \"{Name}\": the loop that keeps {EndPoint} connected ended unexpectedly.")]
        public static partial void LoopEnded(ILogger logger, Exception exception, string name, KeyServerEndPoint endPoint);

        [LoggerMessage(2010, LogLevel.Warning, "Key server \"{Name}\": {EndPoint} gets no operations for {Seconds:0.#} s. {Reason}")]
        public static partial void Ejected(ILogger logger, string name, KeyServerEndPoint endPoint, string reason, double seconds);

        [LoggerMessage(2011, LogLevel.Error, "Key server \"{Name}\": {EndPoint} gave a wrong answer, which was not used, and gets no operations for {Seconds:0.#} s. {Reason} Its owner should look at it.")]
        public static partial void AnsweredWrongly(ILogger logger, string name, KeyServerEndPoint endPoint, string reason, double seconds);

        [LoggerMessage(2012, LogLevel.Information, "Key server \"{Name}\": {EndPoint} answers pings and is tried again.")]
        public static partial void OnProbation(ILogger logger, string name, KeyServerEndPoint endPoint);

        [LoggerMessage(2013, LogLevel.Information, "Key server \"{Name}\": {EndPoint} is healthy again.")]
        public static partial void Returned(ILogger logger, string name, KeyServerEndPoint endPoint);

        [LoggerMessage(2030, LogLevel.Information, "Key server \"{Name}\": the key of {Site} was fetched and may stay in memory for {Seconds} s.")]
        public static partial void KeyFetched(ILogger logger, string name, string site, double seconds);

        [LoggerMessage(2031, LogLevel.Information, "Key server \"{Name}\": the key of {Site} was wiped.")]
        public static partial void KeyWiped(ILogger logger, string name, string site);

        [LoggerMessage(2040, LogLevel.Debug, "Key server \"{Name}\": connection closed. {Reason}")]
        public static partial void NotNeeded(ILogger logger, string name, string reason);

        [LoggerMessage(2041, LogLevel.Information, "Key servers of \"{Name}\" are waited for on {EndPoint}: {Names}.")]
        public static partial void Accepting(ILogger logger, string name, System.Net.IPEndPoint endPoint, string names);

        [LoggerMessage(2042, LogLevel.Warning, "Key servers of \"{Name}\": {Peer} was turned away: {Reason}")]
        public static partial void TurnedAway(ILogger logger, string name, string peer, string reason);

        [LoggerMessage(2043, LogLevel.Error, "Accepting connections of key servers failed; trying again.")]
        public static partial void AcceptFailed(ILogger logger, Exception exception);

        [LoggerMessage(2044, LogLevel.Warning, "Key server \"{Name}\": {EndPoint} was cut off: {Reason}")]
        public static partial void CutOff(ILogger logger, string name, KeyServerEndPoint endPoint, string reason);

        [LoggerMessage(2050, LogLevel.Warning, "Key server \"{Name}\": {EndPoint} is of a version that does not say when its ticket keys change: there are no ticket keys from it.")]
        public static partial void GivesNoTicketKeys(ILogger logger, string name, KeyServerEndPoint endPoint);

        [LoggerMessage(2051, LogLevel.Warning, "Key server \"{Name}\": {EndPoint} gives no ticket keys of {Site}. {Reason}")]
        public static partial void TicketKeysRefused(ILogger logger, string name, KeyServerEndPoint endPoint, string site, string reason);

        [LoggerMessage(2052, LogLevel.Information, "Key server \"{Name}\": {EndPoint} gives other ticket keys of {Site} than before, because others may have them now. The earlier ones are wiped.")]
        public static partial void TicketKeysReplaced(ILogger logger, string name, KeyServerEndPoint endPoint, string site);

        [LoggerMessage(2053, LogLevel.Error, "Key server \"{Name}\": no fresh ticket key of {Site}. No tickets are issued until there is one; handshakes are full ones. {State}")]
        public static partial void NoFreshTicketKey(ILogger logger, string name, string site, string state);

        [LoggerMessage(2054, LogLevel.Information, "Key server \"{Name}\": tickets of {Site} are issued under a fresh key again.")]
        public static partial void FreshTicketKey(ILogger logger, string name, string site);

        [LoggerMessage(2055, LogLevel.Warning, "Key server \"{Name}\": the clock of {EndPoint} is {Seconds:0.0} s {Direction} this machine's. Ticket keys are made {Lead:0} s ahead, and clocks that differ by as much shut edges out of each other's tickets.")]
        public static partial void ClockDiffers(ILogger logger, string name, KeyServerEndPoint endPoint, double seconds, string direction, double lead);

        [LoggerMessage(2056, LogLevel.Information, "Key server \"{Name}\": the clock of {EndPoint} agrees with this machine's again.")]
        public static partial void ClockAgrees(ILogger logger, string name, KeyServerEndPoint endPoint);

        [LoggerMessage(2057, LogLevel.Error, "Key server \"{Name}\": following the ticket keys of {EndPoint} failed; it goes on in a while.")]
        public static partial void FollowingFailed(ILogger logger, Exception exception, string name, KeyServerEndPoint endPoint);
    }
}
