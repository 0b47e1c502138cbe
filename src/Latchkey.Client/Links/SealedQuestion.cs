using Latchkey.Crypto;
using Latchkey.Wire;

namespace Latchkey.Client.Links;

/// <summary>A question whose reply is sealed to it: a pair of its own, used once (<see cref="SealedReply"/>).</summary>
internal sealed class SealedQuestion
{
    private readonly Opcode _operation;
    private readonly KeyExchange _pair;

    public SealedQuestion(Opcode operation)
    {
        _operation = operation;
        _pair = SealedReply.CreatePair(CryptoProvider.Default);
        Item = SealedReply.ItemOf(_pair);
    }

    /// <summary>To be sent along.</summary>
    public byte[] Item { get; }

    /// <summary>Opens the reply, whose result is then a secret. To be called once: the pair ends with it.</summary>
    /// <exception cref="KeyServerException">There is no reply, or it is not sealed to this question.</exception>
    public ValueTask<KeylessReply> OpenAsync(KeyServerConnection connection, ValueTask<KeylessReply> asked) => asked.OpenedAsync(reply => Open(connection, reply), _pair);

    private KeylessReply Open(KeyServerConnection connection, KeylessReply reply)
    {
        if (!reply.IsSuccess)
            return reply;
        var secret = SealedReply.TryOpen(CryptoProvider.Default, _operation, _pair, Item, reply.Payload.Span)
            ?? throw new KeyServerException($"Key server {connection.EndPoint} sent a result that is not sealed to the question.", KeyServerFailure.ProtocolViolation);
        return new KeylessReply(KeylessError.None, default, secret);
    }
}
