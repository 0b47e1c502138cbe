using Latchkey.Wire;

namespace Latchkey.Client;

/// <summary>What a key server's error byte means to whoever reads the log.</summary>
internal static class Refusals
{
    public static string Explain<TOperation>(KeyServerConnection connection, TOperation operation, KeylessError error)
        where TOperation : struct, IKeyOperation =>
        $"Key server {connection.EndPoint} refused {operation.Name}: {Meaning(error)} (error {(byte)error:X2}).{Hint(connection, operation.IsStructured, error)}";

    private static string Meaning(KeylessError error) => error switch
    {
        KeylessError.CryptographicFailure => "the private-key operation failed, or the key is of another type",
        KeylessError.KeyNotFound => "it has no such key, or none that this edge may use",
        KeylessError.BadOpcode => "it does not know the operation",
        KeylessError.Malformed => "it finds the request malformed",
        KeylessError.Internal => "internal error",
        KeylessError.Overloaded => "it is overloaded",
        KeylessError.Timeout => "the operation did not get its turn in time",
        KeylessError.DeviceBusy => "the device that holds the key is busy or out of reach",
        KeylessError.ShuttingDown => "it is shutting down",
        KeylessError.HandshakeUnknown => "the handshake is not under way there, or its time has passed",
        KeylessError.RateLimited => "this edge has used the key as often as its owner allows for now",
        KeylessError.NotAllowed => "its owner does not allow that with the key, or the device that has the key cannot do it",
        KeylessError.PartsMissing => "the key is split, and the parts at hand are too few (is \"keyParts\" configured for the site?)",
        KeylessError.PartWrong => "the key is split, and the part sent with the question is not the one that was made for it",
        KeylessError.StateNotOpened => "it cannot open the sealed state of the handshake (do the key servers of the pool share a sealing secret?), or the state is too old",
        KeylessError.Replayed => "it has seen the question before, or the clocks of the two machines differ by more than its window",
        _ => error.ToString(),
    };

    private static string Hint(KeyServerConnection connection, bool structured, KeylessError error) =>
        !structured && connection.Capabilities is not null && error is KeylessError.KeyNotFound or KeylessError.BadOpcode
            ? " Raw operations need \"rawOperations\": true for the key at the key server; custody \"signature\" needs none."
            : "";
}
