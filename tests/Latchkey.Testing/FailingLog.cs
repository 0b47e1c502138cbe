using Microsoft.Extensions.Logging;

namespace Latchkey.Testing;

/// <summary>Writes nothing, and at times cannot even do that.</summary>
public sealed class FailingLog : ILoggerFactory, ILogger
{
    private int _failures;

    private volatile bool _fails;

    /// <summary>While true, every line fails as on a full disk.</summary>
    public bool Fails
    {
        get => _fails;
        set => _fails = value;
    }

    /// <summary>Lines that have failed.</summary>
    public int Failures => Volatile.Read(ref _failures);

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!_fails)
            return;
        Interlocked.Increment(ref _failures);
        throw new IOException("no space left on device");
    }

    public void Dispose()
    {
    }
}
