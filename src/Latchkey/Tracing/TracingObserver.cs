using Latchkey.Tls;
using Latchkey.Tls.Messages;

namespace Latchkey.Tracing;

/// <summary>Writes down one handshake; used by that handshake's flow alone.</summary>
internal sealed class TracingObserver(HandshakeTraces traces) : HandshakeObserver
{
    private readonly long _begun = TimeProvider.System.GetTimestamp();
    private readonly DateTimeOffset _started = TimeProvider.System.GetUtcNow();
    private readonly List<HandshakeStep> _steps = [];

    private double Now => Milliseconds(TimeProvider.System.GetElapsedTime(_begun));

    public override void Received(HandshakeType type, int length) => _steps.Add(new HandshakeStep(Now, "received", type.ToString(), length, null));

    public override void Sent(HandshakeType type, int length) => _steps.Add(new HandshakeStep(Now, "sent", type.ToString(), length, null));

    public override void KeyOperation(string operation, TimeSpan elapsed) => _steps.Add(new HandshakeStep(Now, "key", operation, null, Milliseconds(elapsed)));

    public override void Completed(TlsHandshakeInfo info, TimeSpan elapsed) => traces.Publish(new HandshakeTrace
    {
        Id = traces.NextId(),
        Started = _started,
        Elapsed = Milliseconds(elapsed),
        Version = info.Version == TlsVersion.Tls13 ? "TLS 1.3" : "TLS 1.2",
        CipherSuite = info.CipherSuite.ToString(),
        Group = info.Group?.ToString(),
        SignatureScheme = info.SignatureScheme?.ToString(),
        ServerName = info.ServerName,
        ApplicationProtocol = info.ApplicationProtocol,
        Site = info.Site.Name,
        Custody = info.Certificate?.Custody.Name ?? "pre-shared key",
        Resumed = info.Resumed is not null,
        Steps = [.. _steps],
    });

    private static double Milliseconds(TimeSpan time) => Math.Round(time.TotalMilliseconds, 3);
}
