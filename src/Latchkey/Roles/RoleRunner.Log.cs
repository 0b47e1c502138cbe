using Microsoft.Extensions.Logging;

namespace Latchkey.Roles;

internal sealed partial class RoleRunner
{
    [LoggerMessage(5001, LogLevel.Information, "latchkey {Version}: {Role} listens on {EndPoints}, admin on {Admin}")]
    private partial void LogStarted(string version, string role, string endPoints, string admin);

    [LoggerMessage(5002, LogLevel.Warning, "{Warning}")]
    private partial void LogConfigurationWarning(string warning);

    [LoggerMessage(5003, LogLevel.Information, "{Role} stops: no new connections; those there are have {Seconds} s")]
    private partial void LogStopping(string role, double seconds);

    [LoggerMessage(5004, LogLevel.Warning, "{Role}: the time to drain is over; what was under way has been cut")]
    private partial void LogDrainEnded(string role);

    [LoggerMessage(5005, LogLevel.Information, "{Role} has stopped")]
    private partial void LogStopped(string role);

    [LoggerMessage(5006, LogLevel.Information, "{Role} has reloaded its configuration")]
    private partial void LogReloaded(string role);

    [LoggerMessage(5007, LogLevel.Error, "{Role} could not reload and goes on as before: {Reason}")]
    private partial void LogReloadFailed(string role, string reason);
}
