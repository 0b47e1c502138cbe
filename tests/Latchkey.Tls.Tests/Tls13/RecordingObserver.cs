using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Tests.Tls13;

/// <summary>Writes down what it saw.</summary>
internal sealed class RecordingObserver : HandshakeObserver
{
    public List<string> Steps { get; } = [];

    public override void Received(HandshakeType type, int length) => Steps.Add($"< {type}");

    public override void Sent(HandshakeType type, int length) => Steps.Add($"> {type}");

    public override void KeyOperation(string operation, TimeSpan elapsed) => Steps.Add(operation);

    public override void Completed(TlsHandshakeInfo info, TimeSpan elapsed) => Steps.Add("done");
}
