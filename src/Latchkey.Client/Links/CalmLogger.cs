using Microsoft.Extensions.Logging;

namespace Latchkey.Client.Links;

/// <summary>
/// A logger whose failures stay with it. What logs here runs for as long as the program does (links, rotation, renewal), and a full disk behind somebody's log must not end it; that a line is
/// lost cannot be told anywhere.
/// </summary>
internal sealed class CalmLogger(ILogger inner) : ILogger
{
    public static CalmLogger For<TCategory>(ILoggerFactory loggers) => new(loggers.CreateLogger<TCategory>());

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
    {
        try
        {
            return inner.BeginScope(state);
        }
        catch (Exception)
        {
            return null;
        }
    }

    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return inner.IsEnabled(logLevel);
        }
        catch (Exception)
        {
            return false;
        }
    }

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
        }
        catch (Exception)
        {
            // See above.
        }
    }
}
