using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Latchkey.KeyStores.Pkcs11;

/// <summary>
/// A PKCS#11 module, which a process loads once and initialises once, whoever uses it. Calls run under a shared lock, because no call may be under way when a
/// module is finalised; that is done when it has lost its device (a client of a network HSM whose connection is gone often comes back in no other way).
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A module stays for as long as the process.")]
internal sealed class CryptokiModule
{
    private static readonly TimeSpan RestartInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RestartPatience = TimeSpan.FromSeconds(5);
    private static readonly Lock Loading = new();
    private static readonly Dictionary<string, CryptokiModule> Loaded = new(StringComparer.Ordinal);

    private readonly Cryptoki _functions;
    private readonly ReaderWriterLockSlim _use = new();
    private readonly bool _isOurs;
    private int _openTokens;
    private long _lastRestart = Environment.TickCount64;

    private CryptokiModule(string path)
    {
        Path = path;
        _functions = new Cryptoki(NativeLibrary.Load(path));
        _isOurs = _functions.Initialize();
    }

    public string Path { get; }

    /// <summary>Rises with each restart: sessions and objects of an earlier one are void.</summary>
    public int Generation { get; private set; }

    /// <summary>A token has been opened (+1) or lost (−1): a module in which one is open is not restarted for another.</summary>
    public void CountOpenToken(int change) => Interlocked.Add(ref _openTokens, change);

    /// <exception cref="KeyStoreException">It cannot be loaded or initialised.</exception>
    public static CryptokiModule Load(string path)
    {
        lock (Loading)
        {
            if (Loaded.TryGetValue(path, out var module))
                return module;
            try
            {
                module = new CryptokiModule(path);
            }
            catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException or CryptokiException)
            {
                throw new KeyStoreException($"{path}: cannot be used as a PKCS#11 module: {e.Message.ReplaceLineEndings(" ")} (expected a library such as /usr/lib/softhsm/libsofthsm2.so)", e);
            }
            Loaded.Add(path, module);
            return module;
        }
    }

    /// <summary>Calls functions of the module.</summary>
    public T Call<T>(Func<Cryptoki, T> call)
    {
        _use.EnterReadLock();
        try
        {
            return call(_functions);
        }
        finally
        {
            _use.ExitReadLock();
        }
    }

    /// <summary>Finalises and initialises the module, where nobody uses it and that has not just been tried.</summary>
    /// <returns>Whether it has been restarted.</returns>
    public bool TryRestart()
    {
        if (!_isOurs || !IsTime() || !_use.TryEnterWriteLock(RestartPatience))
            return false;
        try
        {
            if (!IsTime())
                return false;
            _lastRestart = Environment.TickCount64;
            _functions.End();
            _functions.Initialize();
            Generation++;
            return true;
        }
        catch (CryptokiException)
        {
            return false;
        }
        finally
        {
            _use.ExitWriteLock();
        }

        bool IsTime() => Volatile.Read(ref _openTokens) == 0 && Environment.TickCount64 - _lastRestart >= RestartInterval.TotalMilliseconds;
    }
}
