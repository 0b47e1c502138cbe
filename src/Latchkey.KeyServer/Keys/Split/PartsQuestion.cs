using Latchkey.Client;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Keys.Split;

/// <summary>Operation 51, asked of another key server.</summary>
internal readonly struct PartsQuestion(KeyIdentity key) : IKeyOperation
{
    public string Name => "fetch key part";

    public bool IsStructured => true;

    public bool MayRace => true;

    public string? Fault(in KeylessReply reply) => null;

    public ValueTask<KeylessReply> SendAsync(KeyServerConnection connection, TimeSpan timeout, CancellationToken cancellationToken) =>
        connection.AskSealedAsync(key, Opcode.FetchKeyPart, [], timeout, cancellationToken);
}
