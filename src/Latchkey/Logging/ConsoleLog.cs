using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Latchkey.Logging;

/// <summary>The program's log: on standard error, one line an event.</summary>
internal static class ConsoleLog
{
    /// <summary>Disposing the factory writes out what is queued.</summary>
    public static ILoggerFactory Create(LogLevel level) => LoggerFactory.Create(logging =>
    {
        logging.SetMinimumLevel(level);
        // Kestrel and YARP tell every request at Information.
        logging.AddFilter("Microsoft", Max(level, LogLevel.Warning));
        logging.AddFilter("Yarp", Max(level, LogLevel.Warning));
        logging.AddConsole(console =>
        {
            console.FormatterName = OneLineFormatter.FormatterName;
            console.LogToStandardErrorThreshold = LogLevel.Trace;
        });
        logging.AddConsoleFormatter<OneLineFormatter, ConsoleFormatterOptions>();
    });

    // Whoever asks for debug wants theirs too.
    private static LogLevel Max(LogLevel asked, LogLevel least) => asked <= LogLevel.Debug ? asked : (LogLevel)Math.Max((int)asked, (int)least);
}
