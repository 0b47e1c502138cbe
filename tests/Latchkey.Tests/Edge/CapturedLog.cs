using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Latchkey.Tests.Edge;

/// <summary>Every log line of an edge under test.</summary>
internal sealed class CapturedLog : ILoggerProvider
{
    private readonly ConcurrentQueue<LogLine> _lines = new();

    /// <summary>Those that would wake an operator.</summary>
    public IReadOnlyList<LogLine> Alarms => [.. _lines.Where(line => line.Level >= LogLevel.Warning)];

    public IReadOnlyList<LogLine> All => [.. _lines];

    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, _lines);

    public void Dispose()
    {
    }

    private sealed class Logger(string category, ConcurrentQueue<LogLine> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue(new LogLine(category, logLevel, eventId.Id, formatter(state, exception)));
    }
}

internal sealed record LogLine(string Category, LogLevel Level, int EventId, string Text);
