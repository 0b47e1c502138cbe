using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Latchkey.Logging;

/// <summary>
/// <c>2026-11-21T04:08:01.123Z info  Latchkey.Edge 5001 message</c>: one event, one line, whatever the message holds, so that a
/// peer's bytes in a message cannot forge a line of their own.
/// </summary>
internal sealed class OneLineFormatter() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "latchkey";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var time = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        textWriter.Write($"{time} {LevelName(logEntry.LogLevel)} {logEntry.Category} {logEntry.EventId.Id.ToString(CultureInfo.InvariantCulture)} ");
        WriteOnOneLine(textWriter, logEntry.Formatter(logEntry.State, logEntry.Exception));
        for (var exception = logEntry.Exception; exception is not null; exception = exception.InnerException)
        {
            textWriter.Write($" | {exception.GetType().Name}: ");
            WriteOnOneLine(textWriter, exception.Message);
        }
        // Where it was thrown helps when it is ours to mend, and only then.
        if (logEntry.Exception?.StackTrace is { } trace && logEntry.LogLevel >= LogLevel.Critical)
            WriteOnOneLine(textWriter, " |" + trace);
        textWriter.Write('\n');
    }

    private static void WriteOnOneLine(TextWriter writer, string text)
    {
        foreach (var c in text)
            writer.Write(char.IsControl(c) ? ' ' : c);
    }

    private static string LevelName(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info ",
        LogLevel.Warning => "warn ",
        LogLevel.Error => "error",
        _ => "fatal",
    };
}
