using Latchkey.Bogo;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;

const int passed = 0, failed = 1, unimplemented = 89;
try
{
    var command = ShimCommand.Parse(args);
    if (command.AsksForHandshaker)
    {
        Console.WriteLine("No");
        return passed;
    }

    var sessions = new RunnerSessions();
    for (var connection = 0; connection <= command.ResumeCount; connection++)
    {
        var flags = command.FlagsOf(connection);
        await RunnerConnection.RunAsync(command, flags, sessions, wouldResume: connection > 0);
        sessions.Clock.Advance(flags.DelayAfter);
    }

    return passed;
}
catch (UnimplementedException what)
{
    await Console.Error.WriteLineAsync($"Unimplemented: {what.Message}");
    return unimplemented;
}
catch (PeerClosedException closed) when (closed.Received is { } alert)
{
    await Console.Error.WriteLineAsync($"PeerClosed received {alert}: {closed.Message}");
    return failed;
}
catch (TlsException fault)
{
    await Console.Error.WriteLineAsync($"{fault.GetType().Name.Replace("Exception", "", StringComparison.Ordinal)} {fault.Alert}: {fault.Message}");
    return failed;
}
catch (Exception fault)
{
    await Console.Error.WriteLineAsync($"Broken: {fault}");
    return failed;
}
